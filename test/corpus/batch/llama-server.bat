@echo off
rem Serves a model to the tools on this machine.
setlocal
cd /d "%~dp0"

set "MODEL=models\Qwen3-8B-Q4_K_M.gguf"
set CTX=16384
if not defined PORT set PORT=8080

if not exist "%MODEL%" (
  echo %MODEL% is not there.
  exit /b 1
)

start "llama-server" bin\llama-server.exe ^
  --model "%MODEL%" ^
  --ctx-size %CTX% ^
  --n-gpu-layers 99 ^
  --cache-type-k q8_0 ^
  --port %PORT%
