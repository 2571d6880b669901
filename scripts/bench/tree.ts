import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readCorpusFile, readManifest } from '../../test/corpus/score.ts';

/** What a monorepo holds beside its serving configs, by file name. */
const ORDINARY: readonly (readonly [name: string, text: (index: number) => string])[] = [
  [
    'service.yaml',
    (index) => `apiVersion: v1
kind: Service
metadata:
  name: app-${index}
  labels: {app: app-${index}, tier: backend}
spec:
  selector: {app: app-${index}}
  ports:
    - {name: http, port: 80, targetPort: 8080}
`,
  ],
  [
    'deployment.yaml',
    (index) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
spec:
  replicas: 3
  selector: {matchLabels: {app: app-${index}}}
  template:
    metadata: {labels: {app: app-${index}}}
    spec:
      containers:
        - name: web
          image: registry.example/team/web:${index}
          args: ["--port", "8080", "--workers=4"]
          env:
            - {name: DATABASE_URL, value: "postgres://db/app-${index}"}
          resources: {limits: {cpu: "1", memory: 512Mi}}
`,
  ],
  [
    'values.yaml',
    (index) => `replicaCount: 2
image: {repository: registry.example/team/web, tag: "1.${index}.0"}
resources:
  limits: {cpu: 500m, memory: 256Mi}
ingress:
  enabled: true
  hosts: [{host: app-${index}.example, paths: [/]}]
`,
  ],
  [
    'ci.yml',
    (index) =>
      `name: ci-${index}\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make test\n`,
  ],
  [
    'package.json',
    (index) => JSON.stringify({ name: `app-${index}`, version: '1.0.0', scripts: { test: 'vitest run' } }, null, 2),
  ],
  ['run.sh', (index) => `#!/bin/bash\nset -euo pipefail\nPORT=\${PORT:-8080}\nexec ./app-${index} --port "$PORT"\n`],
  [
    'main.py',
    (index) =>
      `import os\n\nNAME = os.getenv("NAME", "app-${index}")\n\n\ndef main() -> None:\n    print(NAME)\n\n\nmain()\n`,
  ],
  ['README.md', (index) => `# app ${index}\n\nOne of many.\n`],
];

/**
 * Makes a repository of so many files in the system's folder for temporary files; the caller removes it. One file in so many
 * is a real one of the corpus; the others have nothing to do with serving.
 */
export function makeTree(files: number, realEvery: number): string {
  const root = mkdtempSync(join(tmpdir(), 'headroom-bench-'));
  mkdirSync(join(root, '.git'));
  const corpus = new URL('../../test/corpus/', import.meta.url);
  const real = readManifest(corpus).map(({ file }) => readCorpusFile(corpus, file));
  for (let index = 0; index < files; index++) {
    const folder = `team-${index % 40}/app-${index}`;
    const serving = index % realEvery === 0 ? real[(index / realEvery) % real.length] : undefined;
    const [name, text] = ORDINARY[index % ORDINARY.length] ?? ['empty.yaml', () => ''];
    const path = join(root, folder, serving ? (serving.path.split('/').at(-1) ?? name) : name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, serving?.text ?? text(index));
  }
  return root;
}
