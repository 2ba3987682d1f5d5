#!/bin/bash
# Training on the GPU, in about 6 minutes: speed, a new style in a minute, three of preset johnson side by side.
#   GPU_FILES=files OUT=out bash scripts/gpu_machine/train.sh
# NEW and LONG name the paintings, as in $GPU_FILES/paintings/kiss.jpg.
call=train
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh" || echo "no ONNX Runtime for the GPU: training goes on without"
device=${DEVICE:-cuda} paintings=${PAINTINGS:-$GPU_FILES/paintings} runs=/tmp/runs
new=(${NEW:-kiss}) long=(${LONG:-starry wave kiss})
one=${ONE_MINUTE:-1} many=${MINUTES:-3.3}
content=(); [ -d "$photos" ] && content=(--content "$photos")
rm -rf "$runs" /tmp/back && mkdir -p "$runs"
back() {
  python3 "$here/compact.py" /tmp/back "$runs"/* >"$logs/runs.log" 2>&1; cat "$logs/runs.log"
  for run in $(ls -d /tmp/back/*/ 2>/dev/null); do tar -czf "$OUT/$(basename "$run").tgz" -C /tmp/back "$(basename "$run")"; done
  tar -czf "$OUT/logs-train.tgz" -C "$logs" .
}
export -f nst_train
steps=(${STEPS:-training-built-in training-johnson})
[ -d "$photos" ] && [ -z "${STEPS:-}" ] && steps=(training-photos "${steps[@]}")
LINES_SHOWN=130 step probes 140 python3 -m benchmarks.gpu "${steps[@]}" --device "$device" --folder "$OUT/gpu" \
  --painting "$paintings/${new[0]}.jpg" "${content[@]/#--content/--photos}" ${REHEARSE:+--rehearse}
# A new style in a minute: alone on the machine, from the bundled style that is nearest.
step "minute-${new[0]}" $((60 + 40)) nst_train --style "$paintings/${new[0]}.jpg" --minutes "$one" --device "$device" \
  --run "$runs/minute-${new[0]}" --name "${new[0]}" --preview-every 200 "${content[@]}"
back
# Then three trainings of preset johnson side by side: one leaves most of the GPU idle.
pids=()
for name in "${long[@]}"; do
  LINES_SHOWN=2 step "johnson-$name" 240 nst_train --style "$paintings/$name.jpg" --preset johnson --init none --minutes "$many" \
    --device "$device" --run "$runs/johnson-$name" --name "johnson-$name" --preview-every 500 "${content[@]}" &
  pids+=($!)
done
wait "${pids[@]}"
back
echo "ended after $(($(date +%s) - began)) s"
