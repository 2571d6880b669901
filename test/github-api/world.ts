/** What a fake GitHub holds: one repository, two commits, one pull request, one token. */
export interface Entry {
  readonly text: string;
  readonly mode: '100644' | '100755' | '120000' | '160000';
}

export interface Failure {
  /** operationId of GitHub's description, or `graphql`. */
  readonly operation: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly times: number;
  /** Requests of it that go well before. */
  readonly after?: number;
}

/** What the token may do, by GitHub's own names (docs: permissions for the GITHUB_TOKEN). */
export interface Permissions {
  contents: Access;
  pull_requests: Access;
  actions: Access;
}
type Access = 'none' | 'read' | 'write';

export interface Artifact {
  readonly id: number;
  readonly runId: number;
  readonly name: string;
  readonly archive: Buffer;
  readonly expired?: boolean;
}

export interface World {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
  /** Tip of the base branch; in this world also where the head left it. */
  readonly baseSha: string;
  headSha: string;
  headBranch: string;
  /** `owner/name` of the repository that the head is in. */
  headRepository: string;
  headMessage: string;
  /** Files that the payload and the API count; null: as many as there are. */
  changedFiles: number | null;
  readonly base: Map<string, Entry>;
  head: Map<string, Entry>;
  readonly token: string;
  /** Login behind the token. */
  readonly viewer: string;
  permissions: Permissions;
  artifacts: Artifact[];
  failures: Failure[];
}

export const POLICY = '.github/headroom.yml';
export const DEPLOYMENT = 'serving/qwen3.yaml';

/** Line of `--max-model-len`'s value in {@link deployment}. */
export const VALUE_LINE = 19;

/** A Kubernetes Deployment of vLLM on one L4. */
export function deployment(maxModelLen: string, name = 'qwen3', image = 'vllm/vllm-openai:v0.19.0'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    spec:
      nodeSelector:
        cloud.google.com/gke-accelerator: nvidia-l4
      containers:
        - name: vllm
          image: ${image}
          resources:
            limits:
              nvidia.com/gpu: "1"
          args:
            - --model=Qwen/Qwen3-8B
            - --max-model-len
            - "${maxModelLen}"
`;
}

export function file(text: string, mode: Entry['mode'] = '100644'): Entry {
  return { text, mode };
}

/** A pull request that raises max-model-len from what an L4 holds (8192) to what it cannot (40960), and a README. */
export function makeWorld(headFiles: Readonly<Record<string, string>> = { [DEPLOYMENT]: deployment('40960') }): World {
  const base = new Map([
    [POLICY, file('version: 1\nfail-on: [fails, error]\n')],
    [DEPLOYMENT, file(deployment('8192'))],
    ['README.md', file('# Serving\n')],
  ]);
  const head = new Map(base).set('README.md', file('# Serving\n\nMore context.\n'));
  for (const [path, text] of Object.entries(headFiles)) head.set(path, file(text));
  return {
    owner: 'acme',
    repo: 'serving',
    number: 7,
    baseSha: 'b'.repeat(40),
    headSha: 'a'.repeat(40),
    headBranch: 'longer-context',
    headRepository: 'acme/serving',
    headMessage: 'Raise the context length',
    changedFiles: null,
    base,
    head,
    token: 'ghs_fakeTokenThatMustNotLeak0123456789',
    viewer: 'github-actions[bot]',
    permissions: { contents: 'read', pull_requests: 'write', actions: 'read' },
    artifacts: [],
    failures: [],
  };
}
