# Sourced by measure.sh and train.sh, from the root of the repository: prepares a machine that has no network.
# Puts ONNX Runtime for the GPU, the photographs and our packages where Python finds them. Safe to run again.
#   GPU_FILES  folder with ort.tar.xz (onnxruntime-gpu, unpacked wheel; without it the installed one serves) and, for
#              training, photos.tar and paintings/
#   OUT        folder for results
: "${GPU_FILES:?a folder, perhaps with ort.tar.xz}" "${OUT:?a folder for results}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
site=${SITE:-/tmp/site}
photos=${PHOTOS:-/tmp/photos}
if [ -e "$GPU_FILES/ort.tar.xz" ] && [ ! -e "$site/.ready" ]; then
  mkdir -p "$site"
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1], "r:xz").extractall(sys.argv[2], filter="data")' \
    "$GPU_FILES/ort.tar.xz" "$site" || return 1
  # onnxruntime looks for CUDA and cuDNN beside itself.
  nvidia=$(python3 -c 'import nvidia; print(list(nvidia.__path__)[0])') && ln -sfn "$nvidia" "$site/nvidia"
  touch "$site/.ready"
fi
if [ ! -e "$photos" ] && [ -e "$GPU_FILES/photos.tar" ]; then
  mkdir -p "$(dirname "$photos")" && tar -xf "$GPU_FILES/photos.tar" -C "$(dirname "$photos")"
fi
# The package without an installation: build/source/nstcam links to realtime, export, train and media.
python3 -c "from tests.support.source_links import link_sources; link_sources()"
export PYTHONPATH=$site:$PWD/build/source:$PWD PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
program() { python3 -c "import sys; sys.argv[0] = '$1'; from $2 import $3; $3()" "${@:4}"; }
nstcam() { program nstcam nstcam.realtime.cli.app main "$@"; }
nst_train() { program nst-train nstcam.train.cli.entry train "$@"; }
nst_export() { program nst-export nstcam.export.cli.entry export "$@"; }
export -f program nstcam nst_train nst_export

logs=${LOGS:-/tmp/logs}
mkdir -p "$logs"
began=$(date +%s)
# step NAME SECONDS COMMAND...: runs it within its time, shows its end; the logs so far are brought back even if all ends here.
step() {
  local name=$1 seconds=$2 from rc; shift 2; from=$(date +%s)
  timeout -k 5 "$seconds" bash -c '"$@"' - "$@" >"$logs/$name.log" 2>&1; rc=$?
  echo "== $name: rc $rc, $(($(date +%s) - from)) s, at $(($(date +%s) - began)) s"
  tail -n "${LINES_SHOWN:-14}" "$logs/$name.log" | cut -c1-220
  tar -czf "/tmp/logs.$BASHPID" -C "$logs" . 2>/dev/null && mv "/tmp/logs.$BASHPID" "$OUT/logs-${call:-run}.tgz"
  return $rc
}
