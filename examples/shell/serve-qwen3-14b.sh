#!/usr/bin/env bash
set -euo pipefail

export VLLM_LOGGING_LEVEL=INFO

# Four-bit weights leave an L4 room for long prompts.
exec vllm serve Qwen/Qwen3-14B-AWQ \
  --host 0.0.0.0 --port 8000 \
  --max-model-len 32768 \
  --max-num-seqs 32 \
  --gpu-memory-utilization 0.90
