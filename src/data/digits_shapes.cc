#include "data/digits_shapes.h"

#include <array>

#include "base/check.h"

namespace forknet::data {
namespace {

using Points = ControlPoint[];

// clang-format off
constexpr Points kZeroRound = {{56, 2}, {26, 10}, {8, 44}, {14, 82}, {46, 99}, {78, 86}, {93, 50}, {82, 14}, {52, 2}};
constexpr Points kZeroNarrow = {{52, 1}, {34, 14}, {26, 50}, {34, 88}, {50, 99}, {66, 88}, {74, 50}, {66, 14}, {50, 1}};
constexpr Points kZeroCrossing = {{68, 10}, {38, 4}, {12, 34}, {12, 76}, {44, 99}, {80, 82}, {90, 44}, {72, 10}, {46, 2}, {36, 10}};
constexpr Points kZeroOpen = {{44, 5}, {18, 28}, {9, 64}, {32, 98}, {70, 92}, {92, 54}, {82, 16}, {62, 3}};
constexpr Points kZeroSlashed = {{54, 2}, {24, 12}, {10, 48}, {22, 88}, {52, 99}, {80, 84}, {92, 48}, {78, 12}, {52, 2}, kLift, {78, 18}, {24, 84}};

constexpr Points kOnePlain = {{50, 0}, {50, 34}, {50, 68}, {50, 100}};
constexpr Points kOneSlanted = {{66, 0}, {56, 34}, {46, 68}, {38, 100}};
constexpr Points kOneBent = {{56, 0}, {48, 34}, {48, 70}, {54, 100}};
constexpr Points kOneSerif = {{34, 20}, {52, 1}, {52, 1}, {52, 50}, {52, 100}};
constexpr Points kOneFlag = {{16, 42}, {38, 22}, {57, 1}, {57, 1}, {56, 50}, {55, 100}};
constexpr Points kOneFoot = {{32, 20}, {51, 2}, {51, 2}, {51, 50}, {51, 98}, kLift, {22, 99}, {50, 98}, {80, 99}};

constexpr Points kTwoPlain = {{12, 24}, {26, 6}, {54, 0}, {80, 12}, {82, 34}, {62, 60}, {34, 82}, {10, 98}, {10, 98}, {50, 97}, {92, 97}};
constexpr Points kTwoLoop = {{14, 22}, {36, 2}, {68, 3}, {82, 24}, {70, 54}, {42, 84}, {16, 95}, {9, 82}, {26, 74}, {58, 90}, {94, 95}};
constexpr Points kTwoPointed = {{14, 16}, {50, 2}, {82, 16}, {72, 42}, {40, 72}, {10, 97}, {10, 97}, {52, 92}, {90, 94}};
constexpr Points kTwoWave = {{10, 30}, {30, 4}, {62, 2}, {76, 22}, {62, 56}, {10, 96}, {10, 96}, {36, 86}, {66, 97}, {94, 86}};
constexpr Points kTwoUpright = {{20, 26}, {38, 2}, {66, 6}, {72, 30}, {54, 58}, {20, 98}, {20, 98}, {84, 99}};

constexpr Points kThreeRound = {{14, 14}, {46, 0}, {80, 14}, {74, 36}, {42, 48}, {42, 48}, {78, 58}, {90, 80}, {56, 100}, {10, 87}};
constexpr Points kThreeFlat = {{14, 4}, {84, 3}, {84, 3}, {46, 40}, {46, 40}, {80, 50}, {88, 78}, {54, 100}, {10, 90}};
constexpr Points kThreeLoop = {{16, 14}, {52, 0}, {82, 17}, {66, 42}, {40, 52}, {36, 44}, {62, 48}, {88, 68}, {80, 92}, {42, 100}, {8, 86}};
constexpr Points kThreeSoft = {{20, 10}, {58, 0}, {78, 18}, {58, 44}, {50, 48}, {76, 62}, {78, 88}, {46, 100}, {16, 92}};

constexpr Points kFourOpen = {{24, 2}, {18, 30}, {10, 58}, {10, 58}, {50, 57}, {92, 55}, kLift, {72, 14}, {66, 56}, {62, 100}};
constexpr Points kFourClosed = {{64, 100}, {65, 50}, {66, 2}, {66, 2}, {36, 38}, {8, 66}, {8, 66}, {50, 66}, {94, 65}};
constexpr Points kFourCurved = {{18, 0}, {12, 32}, {26, 52}, {58, 50}, {80, 40}, kLift, {84, 2}, {74, 52}, {64, 100}};
constexpr Points kFourPointed = {{60, 2}, {36, 34}, {10, 62}, {10, 62}, {50, 61}, {90, 60}, kLift, {62, 30}, {58, 66}, {56, 100}};
constexpr Points kFourOneStroke = {{20, 4}, {14, 48}, {14, 48}, {48, 54}, {76, 44}, {82, 4}, {82, 4}, {76, 52}, {72, 100}};

constexpr Points kFiveHat = {{26, 5}, {20, 45}, {20, 45}, {50, 37}, {84, 54}, {80, 86}, {44, 100}, {10, 88}, kLift, {26, 5}, {58, 4}, {90, 2}};
constexpr Points kFiveOneStroke = {{86, 3}, {56, 4}, {28, 4}, {28, 4}, {21, 46}, {21, 46}, {54, 39}, {86, 60}, {76, 92}, {36, 100}, {8, 87}};
constexpr Points kFiveSoft = {{84, 5}, {42, 3}, {22, 24}, {44, 45}, {78, 62}, {74, 92}, {36, 100}, {8, 89}};
constexpr Points kFiveApart = {{30, 14}, {24, 46}, {52, 42}, {80, 60}, {70, 90}, {38, 100}, {12, 92}, kLift, {36, 6}, {66, 2}, {94, 3}};

constexpr Points kSixRound = {{74, 2}, {36, 22}, {12, 60}, {20, 92}, {54, 100}, {84, 80}, {72, 56}, {40, 55}, {15, 76}};
constexpr Points kSixStraight = {{60, 0}, {34, 34}, {16, 74}, {36, 99}, {70, 92}, {78, 68}, {54, 54}, {22, 74}};
constexpr Points kSixCurled = {{82, 14}, {60, 2}, {28, 20}, {10, 58}, {22, 94}, {58, 99}, {86, 76}, {66, 54}, {34, 60}, {16, 80}};
constexpr Points kSixTall = {{48, 0}, {26, 38}, {18, 80}, {40, 100}, {66, 88}, {64, 68}, {42, 66}, {22, 82}};

constexpr Points kSevenPlain = {{10, 6}, {50, 5}, {88, 4}, {88, 4}, {62, 50}, {40, 100}};
constexpr Points kSevenBarred = {{10, 6}, {50, 5}, {88, 4}, {88, 4}, {62, 50}, {42, 100}, kLift, {32, 52}, {58, 51}, {84, 49}};
constexpr Points kSevenCurved = {{10, 8}, {48, 6}, {86, 4}, {86, 4}, {58, 40}, {48, 70}, {46, 100}};
constexpr Points kSevenSerif = {{12, 22}, {14, 5}, {14, 5}, {50, 4}, {88, 4}, {88, 4}, {64, 50}, {46, 100}};
constexpr Points kSevenWave = {{8, 16}, {30, 3}, {62, 9}, {90, 3}, {90, 3}, {60, 48}, {38, 100}};

constexpr Points kEightOneStroke = {{80, 17}, {52, 0}, {20, 17}, {34, 42}, {72, 62}, {82, 86}, {50, 100}, {16, 86}, {28, 60}, {66, 40}, {80, 16}};
constexpr Points kEightCircles = {{50, 1}, {24, 10}, {24, 37}, {50, 47}, {76, 37}, {76, 10}, {50, 1}, kLift, {50, 47}, {18, 60}, {16, 88}, {50, 100}, {84, 88}, {82, 60}, {50, 47}};
constexpr Points kEightOpen = {{82, 10}, {50, 0}, {22, 20}, {40, 44}, {76, 66}, {74, 94}, {40, 100}, {18, 82}, {40, 56}, {72, 32}, {92, 6}};
constexpr Points kEightSlim = {{66, 12}, {46, 1}, {30, 18}, {44, 44}, {66, 66}, {64, 92}, {44, 99}, {30, 84}, {42, 58}, {62, 36}, {66, 12}};

constexpr Points kNineStraight = {{78, 20}, {50, 2}, {18, 17}, {20, 45}, {52, 52}, {76, 34}, {80, 8}, {80, 8}, {78, 54}, {76, 100}};
constexpr Points kNineCurved = {{80, 20}, {52, 2}, {20, 16}, {18, 44}, {50, 52}, {80, 26}, {82, 44}, {72, 80}, {48, 99}, {18, 94}};
constexpr Points kNineSlanted = {{80, 16}, {46, 2}, {16, 24}, {32, 48}, {68, 40}, {82, 14}, {66, 58}, {48, 100}};
constexpr Points kNineSmall = {{70, 16}, {46, 2}, {22, 18}, {34, 38}, {62, 32}, {70, 14}, {70, 56}, {66, 100}};
// clang-format on

constexpr std::array<Shape, 5> kZero = {kZeroRound, kZeroNarrow, kZeroCrossing, kZeroOpen,
                                        kZeroSlashed};
constexpr std::array<Shape, 6> kOne = {kOnePlain, kOneSlanted, kOneBent,
                                       kOneSerif, kOneFlag,    kOneFoot};
constexpr std::array<Shape, 5> kTwo = {kTwoPlain, kTwoLoop, kTwoPointed, kTwoWave, kTwoUpright};
constexpr std::array<Shape, 4> kThree = {kThreeRound, kThreeFlat, kThreeLoop, kThreeSoft};
constexpr std::array<Shape, 5> kFour = {kFourOpen, kFourClosed, kFourCurved, kFourPointed,
                                        kFourOneStroke};
constexpr std::array<Shape, 4> kFive = {kFiveHat, kFiveOneStroke, kFiveSoft, kFiveApart};
constexpr std::array<Shape, 4> kSix = {kSixRound, kSixStraight, kSixCurled, kSixTall};
constexpr std::array<Shape, 5> kSeven = {kSevenPlain, kSevenBarred, kSevenCurved, kSevenSerif,
                                         kSevenWave};
constexpr std::array<Shape, 4> kEight = {kEightOneStroke, kEightCircles, kEightOpen, kEightSlim};
constexpr std::array<Shape, 4> kNine = {kNineStraight, kNineCurved, kNineSlanted, kNineSmall};

constexpr std::array<std::span<const Shape>, 10> kDigits = {kZero, kOne, kTwo,   kThree, kFour,
                                                            kFive, kSix, kSeven, kEight, kNine};

}  // namespace

std::span<const Shape> digit_shapes(unsigned digit) {
  FORKNET_CHECK(digit < kDigits.size());
  return kDigits[digit];
}

}  // namespace forknet::data
