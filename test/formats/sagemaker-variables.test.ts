import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
// docs/sagemaker/01_quickstart.md of aws/model-hosting-container-standards.
const IMAGE = 'public.ecr.aws/deep-learning-containers/vllm:0.11.2-gpu-py312-cu129-ubuntu22.04-sagemaker-v1.2';
const COMPOSE = `services:
  llm:
    image: ${IMAGE}
    environment:
      SM_VLLM_MODEL: org/model
      SM_VLLM_MAX_MODEL_LEN: '2048'
      SM_VLLM_TENSOR_PARALLEL_SIZE: 2
      SM_VLLM_NO_SUCH_ARGUMENT: 1
      VLLM_LOGGING_LEVEL: DEBUG
`;

function launchIn(path: string, text: string) {
  const [only] = extractAll([{ path, text }], context).deployments;
  if (!only) throw new Error('no launch');
  return only;
}

function valuesIn(path: string, text: string): Record<string, unknown> {
  return Object.fromEntries([...launchIn(path, text).arguments].map(([name, { value }]) => [name, value]));
}

// vLLM examples/online_serving/sagemaker-entrypoint.sh
describe('variables of SageMaker’s vLLM containers', () => {
  it('are vLLM’s arguments', () => {
    const launch = launchIn('compose.yaml', COMPOSE);
    expect(launch.model?.value).toBe('org/model');
    expect(launch.engine).toMatchObject({ id: 'vllm', version: '0.11.2' });
    expect(valuesIn('compose.yaml', COMPOSE)).toEqual({ max_model_len: 2048, tensor_parallel_size: 2 });
  });

  it('are read behind docker run and in Terraform', () => {
    const run = `docker run -e SM_VLLM_MODEL=org/model -e SM_VLLM_MAX_MODEL_LEN=4096 ${IMAGE}\n`;
    expect(valuesIn('run.sh', run)).toEqual({ max_model_len: 4096 });
    const terraform = `resource "aws_sagemaker_model" "m" {\n  primary_container {\n    image = "${IMAGE}"\n    environment = {\n      SM_VLLM_MODEL = "org/model"\n      SM_VLLM_DTYPE = "float16"\n    }\n  }\n}\n`;
    expect(valuesIn('main.tf', terraform)).toEqual({ dtype: 'float16' });
  });

  it('are edited where they stand', () => {
    const file = { path: 'compose.yaml', text: COMPOSE };
    const launch = launchIn(file.path, file.text);
    const edits = editArgument(launch, 'max_model_len', 1024, context, new Map([[file.path, file]]));
    if ('reason' in edits) throw new Error(edits.reason);
    expect(applyEdits(COMPOSE, edits)).toBe(COMPOSE.replace('2048', '1024'));
  });

  it('show a container with options of the engine and no model, and guess none', () => {
    const idle = COMPOSE.replace('      SM_VLLM_MODEL: org/model\n', '');
    expect(extractAll([{ path: 'compose.yaml', text: idle }], context).deployments).toMatchObject([{ model: null }]);
  });

  // scripts/docker/sglang/sagemaker_entrypoint.sh of aws/deep-learning-containers.
  it('are SGLang’s in its containers', () => {
    const image = 'public.ecr.aws/deep-learning-containers/sglang:0.5.5-gpu-py312-cu129-ubuntu22.04-sagemaker-v1.0';
    const text = `services:\n  llm:\n    image: ${image}\n    environment:\n      SM_SGLANG_MODEL_PATH: org/model\n      SM_SGLANG_CONTEXT_LENGTH: 4096\n`;
    expect(launchIn('compose.yaml', text).model?.value).toBe('org/model');
    expect(valuesIn('compose.yaml', text)).toEqual({ context_length: 4096 });
  });
});
