// The constants of forknet's own exp, log, tanh, sine, cosine and normal distribution.
// docs/numerics.md defines the order of operations; functions-inl.h (vectors) and
// reference_functions.cc (one number at a time) implement it and agree in every bit.
//
// The polynomials are minimax in the relative error of the whole function, fitted by Remez exchange
// in 60-digit arithmetic; coefficients were rounded one by one from the lowest power, the rest
// fitted again after each (those of the normal distribution were rounded at once).
#pragma once

#include <array>
#include <cstdint>

namespace forknet::math {

template <class T>
struct FunctionConstants;

template <>
struct FunctionConstants<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr Bits kMantissaMask = 0x007fffff;
  static constexpr float kRoundToInteger = 0x1.8p+23F;  // adding it rounds to an integer
  static constexpr float kLeastNormal = 0x1p-126F;

  // exp: e^x for kExpLeast <= x <= kExpMost; below it +0, above it infinity.
  static constexpr float kExpLeast = -0x1.5d589ep+6F;  // the least with e^x >= 2^-126
  static constexpr float kExpMost = 0x1.62e42ep+6F;    // the largest with e^x < 2^128
  static constexpr float kLog2E = 0x1.715476p+0F;
  static constexpr float kLn2High = 0x1.62e430p-1F;
  static constexpr float kLn2Low = -0x1.05c610p-29F;
  // e^r = 1 + r + r^2 (c0 + c1 r + ...), |r| <= ln(2) / 2; error 2^-28.2
  static constexpr std::array<float, 5> kExp = {0x1.fffffcp-2F, 0x1.55548cp-3F, 0x1.555858p-5F,
                                                0x1.123de2p-7F, 0x1.6ac778p-10F};

  // log: x = 2^e m, sqrt(1/2) <= m < sqrt(2).
  static constexpr Bits kSqrtHalfBits = 0x3f3504f3;
  static constexpr Bits kOneBits = 0x3f800000;
  static constexpr float kIntegerBase = 0x1p+23F;  // its lowest mantissa bit is worth 1
  static constexpr Bits kIntegerBaseBits = 0x4b000000;
  static constexpr float kExponentBias = 0x1p+23F + 127.0F;
  static constexpr float kDenormalScale = 0x1p+23F;
  static constexpr float kDenormalExponentBias = 0x1p+23F + 127.0F + 23.0F;
  static constexpr float kHalvedFrom = 0x1.a8279ap-2F;  // log1p halves 1 + x above it: sqrt(2) - 1
  // log((1+s)/(1-s)) = 2s + s z (c0 + c1 z + ...), z = s^2; error 2^-30.2
  static constexpr std::array<float, 3> kLog = {0x1.55557ap-1F, 0x1.995ed8p-2F, 0x1.31e03cp-2F};

  // tanh x = x + x z (c0 + c1 z + ...), z = x^2, |x| < kTanhSmall; error 2^-27.7
  static constexpr float kTanhSmall = 0.625F;
  static constexpr std::array<float, 5> kTanh = {-0x1.555532p-2F, 0x1.1106f6p-3F, -0x1.b835a4p-5F,
                                                 0x1.51f8cep-6F, -0x1.750ce4p-8F};

  // sin(2 pi r) = r (2 pi + z (c0 + c1 z + ...)), cos(2 pi r) = 1 + z (c0 + ...), z = r^2,
  // |r| <= 1/8; errors 2^-27.9 and 2^-31.1
  static constexpr float kTwoPiHigh = 0x1.921fb6p+2F;
  static constexpr float kTwoPiLow = -0x1.777a5cp-23F;
  static constexpr std::array<float, 3> kSin = {-0x1.4abbbep+5F, 0x1.465facp+6F, -0x1.2db5cep+6F};
  static constexpr std::array<float, 4> kCos = {-0x1.3bd3ccp+4F, 0x1.03c1b0p+6F, -0x1.55b2b6p+6F,
                                                0x1.d4f7eep+5F};

  // The normal distribution function at -a is exp(-a^2 / 2) t (c0 + c1 q + ...), a >= 0,
  // t = 1 / (a + kNormalPole), q = (a - kNormalPole) t; error 2^-25.6
  static constexpr float kNormalPole = 4.0F;
  static constexpr std::array<float, 10> kNormal = {
      0x1.82b4bcp-1F,  -0x1.373e3ap-1F, 0x1.8c6d9cp-2F,  -0x1.7dffb0p-3F, 0x1.eed56ep-5F,
      -0x1.ed6dc0p-8F, -0x1.cd2c3ep-9F, 0x1.9cff56p-10F, 0x1.951008p-13F, -0x1.079a0cp-13F};

  // A random word w becomes the uniform number (w >> kWordShift) * kWordScale in [0, 1).
  static constexpr int kWordShift = 8;
  static constexpr float kWordScale = 0x1p-24F;
};

template <>
struct FunctionConstants<double> {
  using Bits = std::uint64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr Bits kMantissaMask = 0x000fffffffffffff;
  static constexpr double kRoundToInteger = 0x1.8p+52;
  static constexpr double kLeastNormal = 0x1p-1022;

  static constexpr double kExpLeast = -0x1.6232bdd7abcd2p+9;  // the least with e^x >= 2^-1022
  static constexpr double kExpMost = 0x1.62e42fefa39efp+9;    // the largest with e^x < 2^1024
  static constexpr double kLog2E = 0x1.71547652b82fep+0;
  static constexpr double kLn2High = 0x1.62e42fefa39efp-1;
  static constexpr double kLn2Low = 0x1.abc9e3b39803fp-56;
  static constexpr std::array<double, 10> kExp = {
      // error 2^-55.3
      0x1.000000000000ap-1,  0x1.555555555551ep-3,  0x1.5555555550a21p-5,  0x1.111111113ace8p-7,
      0x1.6c16c18408f8bp-10, 0x1.a01a00bd6f2bfp-13, 0x1.a01998f482c0cp-16, 0x1.71df9d668568fp-19,
      0x1.28afe2afc7a99p-22, 0x1.adda8917e9f3ep-26};

  static constexpr Bits kSqrtHalfBits = 0x3fe6a09e667f3bcd;
  static constexpr Bits kOneBits = 0x3ff0000000000000;
  static constexpr double kIntegerBase = 0x1p+52;
  static constexpr Bits kIntegerBaseBits = 0x4330000000000000;
  static constexpr double kExponentBias = 0x1p+52 + 1023.0;
  static constexpr double kDenormalScale = 0x1p+52;
  static constexpr double kDenormalExponentBias = 0x1p+52 + 1023.0 + 52.0;
  static constexpr double kHalvedFrom = 0x1.a827999fcef32p-2;
  static constexpr std::array<double, 7> kLog = {
      // error 2^-59.5
      0x1.5555555555592p-1, 0x1.999999997ff4fp-2, 0x1.24924941dd1c4p-2, 0x1.c71c52182c451p-3,
      0x1.74663c1ba3550p-3, 0x1.39a1fdd61b9d0p-3, 0x1.2f02ebcc65775p-3};

  static constexpr double kTanhSmall = 0.625;
  static constexpr std::array<double, 12> kTanh = {
      // error 2^-61.2
      -0x1.5555555555552p-2,  0x1.1111111110c52p-3,  -0x1.ba1ba1b9d197bp-5,  0x1.664f4870c39f0p-6,
      -0x1.226e32cfabe81p-7,  0x1.d6d35a3b7b714p-9,  -0x1.7d9c3338b7a6dp-10, 0x1.350b88ca3f8dcp-11,
      -0x1.f1135a40d6094p-13, 0x1.801bb1a623c38p-14, -0x1.fac62624f218dp-16, 0x1.96065f235ec28p-18};

  static constexpr double kTwoPiHigh = 0x1.921fb54442d18p+2;
  static constexpr double kTwoPiLow = 0x1.1a62633145c07p-52;
  static constexpr std::array<double, 6> kSin = {// error 2^-57.9
                                                 -0x1.4abbce625be46p+5, 0x1.466bc67758c4cp+6,
                                                 -0x1.32d2cce31bf22p+6, 0x1.507830034d299p+5,
                                                 -0x1.e3008fb90b1c7p+3, 0x1.e3fbeacb7684dp+1};
  static constexpr std::array<double, 7> kCos = {
      // error 2^-61.5
      -0x1.3bd3cc9be45dep+4, 0x1.03c1f081b5a52p+6, -0x1.55d3c7e3bfe57p+6, 0x1.e1f50675b2468p+5,
      -0x1.a6d1e23938049p+4, 0x1.f9c4ae0f48c18p+2, -0x1.b0347cfbad220p+0};

  static constexpr double kNormalPole = 5.0;
  static constexpr std::array<double, 22> kNormal = {
      // error 2^-53.3
      0x1.89d3abe1f95aep-1,   -0x1.54ad03f27ca16p-1, 0x1.fb31653876f95p-2,   -0x1.410ed5f875b08p-2,
      0x1.51f6329f0172dp-3,   -0x1.1b1c254c959c5p-4, 0x1.54b4d4f4bbb38p-6,   -0x1.88590eb381849p-9,
      -0x1.a25037c8162c0p-11, 0x1.1daf1e65d2bcdp-11, -0x1.f21469344db28p-15, -0x1.a1712bdd1e53dp-15,
      0x1.17dd4dd67d9eap-16,  0x1.0b300b56c5c9dp-18, -0x1.73aea433ead8fp-19, -0x1.6a8ac569a11e4p-22,
      0x1.d0e872844c729p-22,  0x1.76609b1fc6037p-25, -0x1.199b93d92cf5ep-24, -0x1.6090982d02f78p-27,
      0x1.f3a262b2e0266p-28,  0x1.19f4d27ab9e37p-29};

  static constexpr int kWordShift = 0;
  static constexpr double kWordScale = 0x1p-32;
};

}  // namespace forknet::math
