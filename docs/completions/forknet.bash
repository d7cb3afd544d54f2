# bash completion for forknet; made by "forknet help bash"
_forknet() {
  local word="${COMP_WORDS[COMP_CWORD]}" words=""
  case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
    "runs ls") words="--help --json" ;;
    "runs show") words="--help --json" ;;
    "runs compare") words="--help --json" ;;
    "runs clean") words="--help --keep --orphans --dry-run" ;;
    "data digits") words="--help --train --test --seed" ;;
    "data fetch") words="--help --from mnist fashion" ;;
    "data inspect") words="--help --augment --set --json" ;;
    "init "*) words="--help --target --task mnist csv xor" ;;
    "train "*) words="--help --set --grid --epochs --run --resume --init-from --until --dry-run --json --quiet --trace" ;;
    "eval "*) words="--help --data --invert --labels --json" ;;
    "predict "*) words="--help --in --invert --keep --out" ;;
    "compare "*) words="--help --vary --seeds --by --run --grids --set --epochs --until --json" ;;
    "ps "*) words="--help --json" ;;
    "status "*) words="--help --json" ;;
    "top "*) words="--help --json" ;;
    "logs "*) words="--help -f" ;;
    "pause "*) words="--help --json" ;;
    "resume "*) words="--help --json" ;;
    "checkpoint "*) words="--help --json" ;;
    "stop "*) words="--help --json" ;;
    "reload "*) words="--help --json" ;;
    "hold "*) words="--help --json" ;;
    "release "*) words="--help --json" ;;
    "scale "*) words="--help --json" ;;
    "wait "*) words="--help --epoch" ;;
    "bench "*) words="--help --json kernels steps" ;;
    "doctor "*) words="--help --json" ;;
    "runs "*) words="ls show compare clean" ;;
    "data "*) words="digits fetch inspect" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="init train eval predict compare ps status top logs pause resume checkpoint stop reload hold release scale wait runs data bench doctor --help --version"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _forknet forknet
