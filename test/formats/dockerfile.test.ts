import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
const read = (text: string) => extractAll([{ path: 'serve/Dockerfile', text }], context);

describe('what an image starts', () => {
  it.each([
    ['an exec form', 'CMD ["vllm", "serve", "org/name", "--max-model-len", "4096"]'],
    ['a shell form', 'CMD vllm serve org/name \\\n    # tokens\n    --max-model-len 4096'],
    ['both together', 'ENTRYPOINT ["vllm", "serve"]\nCMD ["org/name", "--max-model-len=4096"]'],
    ['the image’s own', 'CMD ["--model", "org/name", "--max-model-len", "4096"]'],
    ['variables', 'ARG LEN=4096\nENV MODEL="org/name" LEN=${LEN}\nCMD vllm serve $MODEL --max-model-len ${LEN}'],
    ['old variables', 'ENV MODEL org/name\nENTRYPOINT exec vllm serve $MODEL --max-model-len ${LEN:-4096}'],
    ['a script', 'CMD ["sh", "-c", "sleep 1; \\\n  vllm serve org/name \\\n  --max-model-len 4096"]'],
    [
      'a here-document',
      'COPY <<-"END" /start.sh\n\tset -e\n\tFROM=x vllm serve org/name --max-model-len 4096\n\tEND\nCMD ["/start.sh"]',
    ],
    [
      'a script that a step writes',
      'RUN echo \'#!/bin/bash\\n\\\nM=org/name\\n\\\nvllm serve "$M" \\\n    --max-model-len 4096\\n\' > /start.sh && \\\n    chmod +x /start.sh\nCMD ["/start.sh"]',
    ],
    [
      'a script that steps write line by line',
      'RUN echo "#!/bin/sh" > /start.sh\nRUN printf "%s\\n" "vllm serve org/name --max-model-len 4096" > /start.sh\nENTRYPOINT ["/start.sh"]',
    ],
    [
      'a script that steps append to',
      "RUN echo '#!/bin/sh' > /start.sh\nRUN echo 'vllm serve org/name \\\\' >> /start.sh\nRUN echo ' --max-model-len 4096' >> /start.sh && chmod +x /start.sh\nENTRYPOINT [\"/start.sh\"]",
    ],
    [
      'a script that a group of commands writes',
      "RUN { echo '#!/bin/sh'; echo 'vllm serve org/name --max-model-len 4096'; } > /start.sh\nCMD /start.sh",
    ],
    [
      'a script that goes through tee',
      "RUN (echo '#!/bin/sh'; echo 'vllm serve org/name --max-model-len 4096') | tee /start.sh\nCMD bash /start.sh",
    ],
    [
      'a script of several lines of printf',
      'RUN printf \'%s\\n\' \'#!/bin/sh\' \'vllm serve org/name --max-model-len 4096\' > /start.sh\nCMD ["sh", "-c", "/start.sh"]',
    ],
    [
      'a here-document that a command reads',
      'RUN cat <<\'EOF\' > /start.sh\n#!/bin/sh\nvllm serve org/name --max-model-len 4096\nEOF\nENTRYPOINT ["/start.sh"]',
    ],
    [
      'here-documents that are appended',
      'RUN cat >> /start.sh <<A\n#!/bin/sh\nA\nRUN cat >> /start.sh <<A\nvllm serve org/name --max-model-len 4096\nA\nCMD ["/start.sh"]',
    ],
    [
      'one of several here-documents, with an argument of the build',
      'ARG M=org/name\nWORKDIR /app\nCOPY <<a.sh <<b.sh bin/\necho a\na.sh\nvllm serve $M --max-model-len 4096\nb.sh\nENTRYPOINT ["/app/bin/b.sh"]',
    ],
    [
      'a script in the folder where commands run',
      'WORKDIR /app\nRUN echo \'vllm serve org/name --max-model-len 4096\' > start.sh\nENTRYPOINT ["./start.sh"]',
    ],
    [
      'a health check beside',
      'HEALTHCHECK CMD curl localhost || exit 1\nCMD vllm serve org/name --max-model-len 4096\n',
    ],
    ['lower case', 'entrypoint ["vllm", "serve", "org/name", "--max-model-len", "4096"]'],
  ])('by %s', (_title, text) => {
    const { deployments, unsupported } = read(`# syntax=docker/dockerfile:1\nFROM vllm/vllm-openai:v0.11.0\n${text}`);
    expect(unsupported).toEqual([]);
    expect(deployments).toHaveLength(1);
    expect(deployments[0]?.model?.value).toBe('org/name');
    expect(deployments[0]?.arguments.get('max_model_len')?.value).toBe(4096);
    expect(deployments[0]?.unresolved).toEqual([]);
    expect(deployments[0]?.engine.version).toBe('0.11.0');
  });

  it.each([
    'ENTRYPOINT ["/bin/bash"]',
    'ENTRYPOINT ["vllm", "serve"]',
    'CMD ["python3", "handler.py"]',
    'RUN vllm serve org/name\nCMD ["bash"]',
    'RUN <<END\nCMD vllm serve org/name\nEND\nCMD ["bash"]',
    '# CMD vllm serve org/name\nCMD ["nginx"]',
  ])('%s is no launch', (text) => {
    expect(read(`FROM vllm/vllm-openai:v0.11.0\n${text}\n`)).toEqual({ deployments: [], unsupported: [] });
  });
});

it('every stage that says what is started is a launch, with what it takes over', () => {
  const { deployments } = read(
    [
      'ARG VERSION=v0.9.1',
      'FROM vllm/vllm-openai:${VERSION} AS base',
      'ENV MODEL=org/name',
      'ENTRYPOINT ["vllm", "serve", "org/name"]',
      'FROM base AS small',
      'CMD ["--max-model-len", "1024"]',
      'FROM base',
      'CMD ["--max-model-len", "4096"]',
      'FROM base AS other',
      'RUN true',
    ].join('\n'),
  );
  expect(deployments.map(({ name, arguments: args }) => [name, args.get('max_model_len')?.value])).toEqual([
    ['Dockerfile (base)', undefined],
    ['Dockerfile (small)', 1024],
    ['Dockerfile', 4096],
  ]);
  expect(deployments.map(({ engine }) => engine.version)).toEqual(['0.9.1', '0.9.1', '0.9.1']);
});

it('the version is what a here-document installs', () => {
  const [found] = read(
    'FROM python:3.12\nRUN <<END\nset -e\npip install vllm==0.10.2\nEND\nCMD vllm serve m\n',
  ).deployments;
  expect(found?.engine).toMatchObject({ version: '0.10.2', versionPlace: { line: 4 } });
});

it.each([
  ['an exec form', 'CMD ["vllm", "serve", "$MODEL"]', 'no shell reads it there, so it stays as it is written'],
  ['an argument of the build', 'ARG MODEL\nENV M=$MODEL\nCMD vllm serve $M', 'MODEL is given when the image is built'],
  ['an empty argument', 'ARG MODEL=\nENV M=$MODEL\nCMD vllm serve $M \\\n\n', 'MODEL is given when the image is built'],
  ['nothing', 'CMD vllm serve $MODEL', 'MODEL is not set in this file'],
])('a variable of %s stays open', (_title, text, reason) => {
  const [found] = read(`FROM python:3.12\nRUN pip install vllm==0.10.2\n${text}\n`).deployments;
  expect(found?.model).toBeNull();
  expect(found?.unresolved).toMatchObject([{ name: 'model', reason }]);
  expect(found?.engine.version).toBe('0.10.2');
});

it.each([
  ['exec form', 'CMD ["vllm", "serve", "org/name", "--max-model-len", "4096"]', ['4096', '512']],
  ['shell form', 'CMD vllm serve org/name \\\r\n    --max-model-len 4096\r\n', ['4096', '512']],
  ['variable', 'ENV LEN="4096"\nCMD vllm serve org/name --max-model-len $LEN', ['4096', '512']],
])('an edit changes the %s in its place', (_title, command, [old = '', now = '']) => {
  const text = `FROM vllm/vllm-openai:v0.11.0\n${command}`;
  const [found] = read(text).deployments;
  const byPath = new Map([['serve/Dockerfile', { path: 'serve/Dockerfile', text }]]);
  const edits = found && editArgument(found, 'max_model_len', Number(now), context, byPath);
  expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace(old, now));
});

it('an option whose value is defined elsewhere is not taken out', () => {
  const text = 'FROM a\nENV LEN=4096\nCMD vllm serve m --max-model-len $LEN --enforce-eager\n';
  const [found] = read(text).deployments;
  const byPath = new Map([['serve/Dockerfile', { path: 'serve/Dockerfile', text }]]);
  expect(found && editArgument(found, 'max_model_len', undefined, context, byPath)).toEqual({
    reason: 'its words stand in different places',
  });
});
