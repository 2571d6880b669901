import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

const RECIPE = `model:
  model_id: "org/name"
  min_vllm_version: "0.11.0"
  context_length: 131072
  base_args: ["--trust-remote-code"]
features:
  tool_calling:
    args: ["--max-num-seqs", "1"]
variants:
  default:
    precision: bf16
    description: "BF16 weights on 8xH200"
    extra_args:
      - "--tensor-parallel-size"
      - "8"
  fp8:
    model_id: org/name-FP8
    description: "One GPU does"
hardware_overrides:
  amd: {extra_args: ["--max-model-len", "1"]}
guide: |
  \`\`\`bash
  vllm serve org/name --max-model-len 65536
  \`\`\`
`;

// The schema of the vLLM project's recipes (github.com/vllm-project/recipes, models/)
describe('a recipe', () => {
  const file = { path: 'models/org/name.yaml', text: RECIPE };
  const found = extractAll([file], context).deployments;

  it('is a launch for each variant', () => {
    expect(found).toMatchObject([
      {
        format: 'vllm-recipes',
        model: { value: 'org/name', place: { line: 2 } },
        gpuRequest: { name: { value: 'H200' }, count: { value: 8 } },
      },
      { model: { value: 'org/name-FP8', place: { line: 17 } }, gpuRequest: { name: null, count: null } },
    ]);
    const values = found.map(({ arguments: args }) => [...args].map(([name, { value }]) => [name, value]));
    expect(values).toEqual([
      [
        ['trust_remote_code', true],
        ['tensor_parallel_size', 8],
      ],
      [['trust_remote_code', true]],
    ]);
    expect(found.map(({ engine }) => engine.version)).toEqual([null, null]);
  });

  it('gets a new option in the list of its variant', () => {
    const edits = found[0] && editArgument(found[0], 'max_num_seqs', 16, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(JSON.stringify(edits));
    const added = '      - "--max-num-seqs"\n      - "16"\n';
    expect(applyEdits(RECIPE, edits)).toBe(RECIPE.replace('      - "8"\n', `      - "8"\n${added}`));
  });
});
