import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
const read = (text: string) => extractAll([{ path: 'stack.yaml', text }], context);

const TGI = 'huggingface-pytorch-tgi-inference:2.4.0-tgi3.0.1-gpu-py311-cu124-ubuntu22.04';

function stack(image: string, variables: string): string {
  return `Parameters:
  ModelId: { Type: String, Default: Qwen/Qwen3-8B }
  Length: { Type: Number }
Resources:
  Chat:
    Type: AWS::SageMaker::Model
    Properties:
      PrimaryContainer:
        Image: ${image}
        Environment:
${variables.replace(/^/gm, '          ')}
  Other:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - { ModelName: !GetAtt Another.ModelName, InstanceType: ml.p5.48xlarge }
        - { ModelName: !GetAtt Chat.ModelName, InstanceType: ml.g5.2xlarge }
`;
}

describe('a SageMaker model of a CloudFormation template', () => {
  const address = `!Sub "763104351884.dkr.ecr.\${AWS::Region}.amazonaws.com/${TGI}"`;

  it('has its container’s variables, parameters with their defaults, and the instance of its endpoint', () => {
    const text = stack(address, 'HF_MODEL_ID: !Ref ModelId\nMAX_TOTAL_TOKENS: "4096"\nMAX_INPUT_TOKENS: !Ref Length');
    const [found, ...more] = read(text).deployments;
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      name: 'Chat',
      engine: { id: 'tgi', version: '3.0.1' },
      model: { value: 'Qwen/Qwen3-8B', place: { line: 2 } },
      gpuRequest: { name: { value: 'ml.g5.2xlarge', place: { line: 19 } } },
    });
    expect(found?.arguments.get('max_total_tokens')).toMatchObject({ value: 4096, place: { line: 12 } });
    expect(found?.unresolved).toMatchObject([
      { name: 'max_input_tokens', reason: 'the parameter Length has no default' },
    ]);
  });

  it('is edited where a value stands', () => {
    const text = stack(address, 'HF_MODEL_ID: Qwen/Qwen3-8B\nMAX_TOTAL_TOKENS: "4096"');
    const file = { path: 'stack.yaml', text };
    const [found] = read(text).deployments;
    if (!found) throw new Error('no launch');
    const edits = editArgument(found, 'max_total_tokens', 2048, context, new Map([[file.path, file]]));
    if ('reason' in edits) throw new Error(edits.reason);
    expect(applyEdits(text, edits)).toBe(text.replace('"4096"', '"2048"'));
  });

  it('is shown when its image is computed, and nothing without an engine’s variables', () => {
    const { deployments, unsupported } = read(stack('!ImportValue Image', 'HF_MODEL_ID: Qwen/Qwen3-8B'));
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([{ name: 'Chat', reason: expect.stringContaining('computes its image') }]);
    expect(read(stack('!ImportValue Image', 'SAGEMAKER_PROGRAM: inference.py')).unsupported).toEqual([]);
  });
});

it('reads a template in JSON, where a reference has its long form', () => {
  const text = JSON.stringify({
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      Model: {
        Type: 'AWS::SageMaker::Model',
        Properties: {
          PrimaryContainer: {
            Image: '763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.33.0-lmi15.0.0-cu128',
            Environment: { HF_MODEL_ID: 'org/m', OPTION_MAX_MODEL_LEN: '8192', OPTION_TENSOR_PARALLEL_DEGREE: '1' },
          },
        },
      },
      Config: {
        Type: 'AWS::SageMaker::EndpointConfig',
        Properties: {
          ProductionVariants: [{ ModelName: { 'Fn::GetAtt': ['Model', 'ModelName'] }, InstanceType: 'ml.g5.2xlarge' }],
        },
      },
    },
  });
  const [found] = extractAll([{ path: 'stack.json', text }], { engines, read: () => null }).deployments;
  expect(found?.gpuRequest.name?.value).toBe('ml.g5.2xlarge');
});
