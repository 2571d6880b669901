import { describe, expect, it } from 'vitest';
import { editedFiles, onlyIn, readText } from './reading.ts';

const LMI = '763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.33.0-lmi15.0.0-cu128';
const VARIABLES = '{"HF_MODEL_ID": "org/name", "TENSOR_PARALLEL_DEGREE": "4", "OPTION_MAX_MODEL_LEN": "8192"}';
const DEPLOY = 'model.deploy(initial_instance_count=1, instance_type="ml.g5.12xlarge")\n';

describe('a model that a program makes on SageMaker', () => {
  // SageMaker Python SDK: sagemaker.model.Model, djl_inference.DJLModel, image_uris.retrieve; boto3: SageMaker.Client.create_model.
  it.each([
    [
      'an image and variables',
      `from sagemaker import Model\nmodel = Model(image_uri="${LMI}", env=${VARIABLES})\n${DEPLOY}`,
    ],
    [
      'an image in a region',
      `from sagemaker import Model\nmodel = Model(image_uri=f"${LMI.replace('us-east-1', '{region()}')}", env=${VARIABLES})\n${DEPLOY}`,
    ],
    [
      'an image by its framework',
      `from sagemaker import Model, image_uris\nmodel = Model(image_uri=image_uris.retrieve(framework="djl-lmi", version="0.33.0"), env=${VARIABLES})\n${DEPLOY}`,
    ],
    [
      'the class for it',
      `from sagemaker.djl_inference import DJLModel\nmodel = DJLModel(model_id="org/name", env=${VARIABLES.replace('"HF_MODEL_ID": "org/name", ', '')})\n${DEPLOY}`,
    ],
    [
      'a request',
      `import boto3\nsm = boto3.client("sagemaker")\nsm.create_model(ModelName="m", PrimaryContainer={"Image": "${LMI}", "Environment": ${VARIABLES}})
sm.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[{"ModelName": "m", "InstanceType": "ml.g5.12xlarge"}])\n`,
    ],
  ])('%s', (_title, text) => {
    const { engine, model, arguments: args, gpuRequest } = onlyIn('deploy.py', text);
    expect([engine.id, model?.value, gpuRequest.name?.value]).toEqual(['vllm', 'org/name', 'ml.g5.12xlarge']);
    expect([args.get('max_model_len')?.value, args.get('tensor_parallel_size')?.value]).toEqual([8192, 4]);
  });

  it('runs TGI in Hugging Face’s image', () => {
    const text = `from sagemaker.huggingface import HuggingFaceModel, get_huggingface_llm_image_uri
model = HuggingFaceModel(image_uri=get_huggingface_llm_image_uri("huggingface", version="3.0.1"), env={"HF_MODEL_ID": "org/name", "SM_NUM_GPUS": "4"})\n${DEPLOY}`;
    expect(onlyIn('deploy.py', text)).toMatchObject({ engine: { id: 'tgi' }, model: { value: 'org/name' } });
  });

  it('names no GPU where the program names several instances', () => {
    const text = `from sagemaker import Model\nmodel = Model(image_uri="${LMI}", env=${VARIABLES})\n${DEPLOY}${DEPLOY.replace('12x', '24x')}`;
    expect(onlyIn('deploy.py', text).gpuRequest.name).toBeNull();
  });

  it('is said where its image is computed', () => {
    const text = `import tools\nfrom sagemaker import Model\nmodel = Model(image_uri=tools.image(), env=${VARIABLES.replace(/, "OPTION.*/, '}')})\n`;
    const { deployments, unsupported } = readText('deploy.py', text);
    expect([deployments, unsupported.map(({ reason }) => reason)]).toEqual([
      [],
      ['The program computes its image, so it is not known which engine it starts.'],
    ]);
  });

  it('of another kind is none of ours', () => {
    const text =
      'from sagemaker import Model\nmodel = Model(image_uri="xgboost:1.7", env={"HF_MODEL": "x"})\n# HF_MODEL_ID\n';
    expect(readText('deploy.py', text)).toEqual({ deployments: [], unsupported: [] });
  });

  // A client of Ollama's, of brunovlucena/homelab (a90f3c7): its model_id says nothing of SageMaker.
  it('is no other call that names a model', () => {
    const text =
      'import os\nextractor = get_pdf_extractor(model_id=os.getenv("OLLAMA_MODEL", "gemma3:4b"), use_ollama=True)\n# HF_MODEL_ID\n';
    expect(readText('extract.py', text)).toEqual({ deployments: [], unsupported: [] });
    const shown = `import subprocess\nprocess = subprocess.run(command(), env=${VARIABLES})\n`;
    expect(readText('run.py', shown).unsupported).toEqual([]);
  });

  it('is edited in its variables', () => {
    const text = `from sagemaker import Model\nmodel = Model(image_uri="${LMI}", env=${VARIABLES})\n`;
    expect(editedFiles('deploy.py', { 'deploy.py': text }, 'max_model_len', 4096)).toEqual({
      'deploy.py': text.replace('8192', '4096'),
    });
  });
});
