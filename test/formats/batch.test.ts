import { describe, expect, it } from 'vitest';
import { editedText, readingMilliseconds, readText } from './reading.ts';

function read(text: string) {
  return readText('run.bat', text).deployments;
}

// Windows commands docs: cmd, call, set, if, for, start; the caret at the end of a line.
describe('a batch file', () => {
  it.each([
    ['a plain command', 'llama-server.exe -m a.gguf -c 4096'],
    ['carets', '@echo off\r\nllama-server ^\r\n  -m a.gguf ^\r\n  -c 4096\r\n'],
    ['variables', 'set M=a.gguf\nset "N=4096"\nset LLAMA=C:\\llama\n%LLAMA%\\llama-server.exe -m %M% -c %n%'],
    ['variables of variables', 'set D=a\nset M=%D%.gguf\nllama-server -m "%M%" --ctx-size 4096'],
    ['delayed variables', 'setlocal enabledelayedexpansion\nset M=a.gguf\nllama-server -m !M! -c 4096'],
    ['start', 'start "llama server" /min /d "C:\\x y" C:\\llama\\llama-server.exe -m a.gguf -c 4096'],
    ['another cmd', 'set S=C:\\l\\llama-server.exe\nstart "s" cmd /k ""%S%" -m "a.gguf" -c 4096"'],
    ['call', 'call .\\bin\\llama-server.exe -m a.gguf -c 4096 & pause'],
    ['its own folder', 'cd /d "%~dp0"\n"%~dp0bin\\llama-server.exe" -m %~dp0a.gguf -c 4096 %*'],
    ['a default', 'if not defined N set N=4096\nif "%M%"=="" set "M=a.gguf"\nllama-server -m %M% -c %N%'],
    ['a block', 'if exist a.gguf (\n  llama-server -m a.gguf -c 4096\n) else (\n  echo llama-server -m b.gguf -c 1\n)'],
    [
      'comments',
      'REM llama-server -m b.gguf\n:: llama-server -m b.gguf\n:llama-server\nllama-server -m a.gguf -c 4096 > log.txt',
    ],
  ])('starts a server by %s', (_title, text) => {
    expect(read(text)).toMatchObject([{ format: 'batch', model: { value: 'a.gguf' }, unresolved: [] }]);
    expect(read(text)[0]?.arguments.get('ctx_size')?.value).toBe(4096);
  });

  it.each([
    ['only says so', 'echo llama-server -m a.gguf'],
    ['stops it', 'taskkill /im llama-server.exe'],
    ['looks for it', 'where llama-server\nif not exist "%S%\\llama-server.exe" exit /b 1'],
  ])('starts none where it %s', (_title, text) => {
    expect(read(text)).toEqual([]);
  });

  it.each([
    ['a branch', 'set N=4096\nif exist big.txt set N=8192', 'has several values'],
    ['a block', 'set N=4096\nif exist big.txt (\n  set N=8192\n)', 'has several values'],
    ['a question', 'set /p N=How long? ', 'is asked'],
    ['a sum', 'set /a N=1024*4', 'computed'],
    ['an argument', 'set N=%1', 'argument of the script'],
    ['a part of another', 'set N=%L:~0,4%', 'cut out'],
    ['nothing', '', 'not set in this file'],
  ])('leaves open what %s sets', (_title, text, reason) => {
    const [found] = read(`${text}\nllama-server -m a.gguf -c %N% -ngl 99`);
    expect(found?.unresolved).toMatchObject([{ name: 'ctx_size', reason: expect.stringContaining(reason) as string }]);
    expect(found?.arguments.get('n_gpu_layers')?.value).toBe(99);
  });

  it('hands on what it sets', () => {
    const [found] = read('set CUDA_VISIBLE_DEVICES=0,1\nset LLAMA_ARG_N_PARALLEL=4\nllama-server -m a.gguf -c 4096');
    expect(found?.gpuRequest.count?.value).toBe(2);
    expect(found?.arguments.get('parallel')).toMatchObject({ value: 4, place: { line: 2 } });
  });

  it.each([
    [
      'docker',
      'docker run --gpus all -p 8000:8000 vllm/vllm-openai:v0.9.1 ^\n --model org/name ^\n --max-model-len 4096',
    ],
    ['wsl', 'wsl -d Ubuntu -- bash -lc "vllm serve org/name --max-model-len 4096"'],
  ])('starts what runs through %s', (_title, text) => {
    expect(read(text)).toMatchObject([{ model: { value: 'org/name' } }]);
    expect(read(text)[0]?.arguments.get('max_model_len')?.value).toBe(4096);
  });
});

describe('an edit in a batch file', () => {
  const edited = (text: string, name: string, value: number): string => editedText('run.bat', text, name, value);

  it.each([
    ['in place', 'llama-server -m a.gguf -c 4096\r\n', 'llama-server -m a.gguf -c 8192\r\n'],
    [
      'at its definition',
      'set N=4096\r\nllama-server -m a.gguf -c %N%\r\n',
      'set N=8192\r\nllama-server -m a.gguf -c %N%\r\n',
    ],
  ])('changes a value %s', (_title, before, after) => {
    expect(edited(before, 'ctx_size', 8192)).toBe(after);
  });

  it('adds an option behind the others', () => {
    expect(edited('llama-server ^\r\n  -m a.gguf ^\r\n  -c 4096\r\npause\r\n', 'n_gpu_layers', 20)).toMatch(
      /-c 4096 \^\r\n {2}(?:-ngl|--n-gpu-layers|--gpu-layers) 20\r\npause\r\n$/,
    );
  });
});

it.each([
  ['a megabyte', 'llama-server -m a.gguf\n'.repeat(50_000)],
  [
    'variables that hold each other',
    `${Array.from({ length: 2_000 }, (_, index) => `set X=%X%%X%${index}`).join('\n')}\nllama-server -m %X%`,
  ],
  ['percent signs', `llama-server -m ${'%'.repeat(200_000)}`],
  ['parentheses', `llama ${'('.repeat(200_000)}`],
  ['conditions', `${'if a==b '.repeat(20_000)}llama-server -m a.gguf`],
  ['carets', `llama-server ${'^ '.repeat(100_000)}`],
])('%s is read in bounded time', (_title, text) => {
  expect(readingMilliseconds('run.bat', text)).toBeLessThan(3_000);
});

it('says aloud that KoboldCpp is not modelled', () => {
  const text = 'start "Model" cmd /k tools\\koboldcpp.exe --model a.gguf --gpulayers 99 --contextsize 16384\r\n';
  expect(readText('run.bat', text)).toMatchObject({
    deployments: [],
    unsupported: [{ place: { line: 1 }, reason: expect.stringContaining('KoboldCpp') as string }],
  });
  expect(readText('get.bat', 'curl -L -o koboldcpp.exe https://example.org/koboldcpp.exe\r\n').unsupported).toEqual([]);
});
