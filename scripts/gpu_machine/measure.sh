#!/bin/bash
# Proof, correctness and speed of ONNX Runtime on the GPU, in 4 to 6 minutes:
#   GPU_FILES=files OUT=out bash scripts/gpu_machine/measure.sh
# STEPS="smoke placement" runs those only; REHEARSE=1 DEVICE=cpu runs all in small where there is no GPU.
call=measure
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader || echo "no NVIDIA driver"
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh" || { echo "ONNX Runtime could not be unpacked"; exit 1; }
device=${DEVICE:-cuda}
steps=(${STEPS:-versions smoke styles placement sweep speed kernels-lite kernels-johnson})
LINES_SHOWN=230 step benchmarks 400 python3 -m benchmarks.gpu "${steps[@]}" --device "$device" --folder "$OUT/gpu" \
  --frames "${FRAMES:-100}" ${REHEARSE:+--rehearse}
rm -rf "$OUT/gpu/styles"
step bench 25 nstcam bench --device "$device" --size 1280x720 --seconds 3
step image 25 nstcam image train/photos/coffee.jpg "$OUT/coffee_gpu.png" --style starry --device "$device" --overwrite
echo "ended after $(($(date +%s) - began)) s"
