import { expect, it } from 'vitest';
import { extractFrom, readCorpusFile, readManifest } from '../../corpus/score.ts';

/** What a person reads in the real configs: the tag of the image where nothing else is said. Every other launch there states none. */
const STATED: Readonly<Record<string, string>> = {
  'k8s-deployment/gke-vllm-gemma2-27b-l4x4.yaml': '0.10.0',
  'k8s-deployment/vllm-tpl-yaml-compute-class.yaml': '0.6.3.post1',
  'k8s-deployment/vllm-sh-c-block-private-image.yaml': '0.10.2',
  'k8s-deployment/rh-vllm-args-flow-pairs.yaml': '0.4.2',
  'k8s-lws/gke-vllm-deepseek-r1-lws.yaml': '0.8.5',
  'k8s-lws/lws-docs-vllm-405b.yaml': '0.8.5',
  // neuron-sdk2.20-vllm0.5.0-neuron
  'k8s-lws/trn1-405b-env-run-sh.yaml': '0.5.0',
  'aibrix/l20-deployment-command-list.yaml': '0.6.2',
  'aibrix/rayclusterfleet-one-string.yaml': '0.7.1',
  // djl-inference:0.33.0-lmi15.0.0, whose release notes name vLLM 0.8.4
  'cloudformation/djl-lmi-endpoint.yaml': '0.8.4',
  // sglang-runtime:0.8.1 is Dynamo's number, whose release notes name SGLang 0.5.6.post2
  'dynamo-dgd/sglang-disagg-page-size.yaml': '0.5.6.post2',
  // its annotation opendatahub.io/runtime-version
  'kserve-runtime/odh-vllm-multinode.yaml': '0.21.0',
  'nomad/vllm.nomad.hcl': '0.11.0',
  'production-stack/subchart-with-embeddings.yaml': '0.11.0',
  // vllm-runtime:0.8.0 is Dynamo's number, whose release notes name vLLM 0.12.0
  'dynamo-dgd/vllm-disagg-planner-v1alpha1.yaml': '0.12.0',
  'helm-values/customer-vllm-amd-values.yaml': '0.22.0',
  'helm-values/customer-vllm-fp8-values.yaml': '0.22.0',
  // image.tag alone: the repository stands in the chart
  'helm-values/substratus-llama31-8b-extra-args-env.yaml': '0.5.3.post1',
  // opendatahub.io/runtime-version
  'kserve-runtime/odh-vllm-openshift-template.yaml': '0.21.0',
  'kserve-runtime/rh-vllm-runtime.yaml': '0.4.2',
  'llm-d-modelservice/dra-gaudi-abbreviated-flags.yaml': '0.10.0',
  'llmkube/qwen36-35b-cpu-offload.yaml': '0.20.0',
  'ome/vllm-runtime-llama31-8b.yaml': '0.9.0.1',
  'production-stack/v100-tp2.yaml': '0.8.5',
  'docker-compose/vllm-all-args-in-one-var.yml': '0.5.1',
  // nvcr.io/nvidia/vllm:25.09-py3, which says of itself at start-up: 0.10.1.1+381074ae.nv25.09
  'docker-compose/vllm-env-and-command-duplicate.yml': '0.10.1.1',
  'makefile/vllm-docker-run-two-targets.mk': '0.7.2',
  // RUN pip install … vllm==0.7.3
  'dockerfile/vllm-env-cmd-sh-c.Dockerfile': '0.7.3',
  'aibrix/stormservice-sglang-pd.yaml': '0.4.9.post3',
  'docker-compose/sglang-entrypoint-string.yml': '0.5.1.post3',
  'docker-compose/tgi-json-array-command.yml': '3.3.4',
  'docker-compose/trtllm-serve-list.yml': '0.21.0',
  'helm-values/ollama-otwld-values-gpu-amd.yaml': '0.32.5',
  // huggingface-text-generation-inference-cu121.2-1
  'k8s-deployment/tgi-env-only.yaml': '2.1',
  'k8s-deployment/tgi-gemma-num-shard.yaml': '2.3',
  'kserve-runtime/rh-tgi-runtime.yaml': '1.4.0',
  'modal/lmdeploy-fstring-cmd.py': '0.4.2',
  // "vllm==0.9.1" of the image that the program builds
  'modal/vllm-inference-cmd-list.py': '0.9.1',
  // NIM has a numbering of its own
  'nim/gke-nim-gemma3-27b-env.yaml': '1.14',
  'nim/nimservice-llama3-8b.yaml': '1.0.3',
  'ome/sglang-runtime-command-r.yaml': '0.5.5.post3',
  // version: beside the engine
  'sagemaker-recipe/glm5-p5e-mtp.yaml': '0.17.0',
  'sagemaker-recipe/qwen3-32b-g6e-eagle3.yaml': '0.15.1',
  'sagemaker-recipe/qwen3-32b-hyperpod.yaml': '0.15.1',
  'shell/tgi-docker-run-positional-vars.sh': '1.4.0',
  // uv pip install "sglang[all]==0.4.2.post4"
  'skypilot/deepseek-r1-two-nodes-sglang.yaml': '0.4.2.post4',
  // uv pip install --pre vllm==0.10.1+gptoss
  'skypilot/gpt-oss-vllm.sky.yaml': '0.10.1',
  // pip install vllm==0.5.3post1
  'skypilot/llama-31-alternatives.yaml': '0.5.3post1',
  'terraform/kubernetes-deployment-dynamic-env.tf': '0.11.0',
  'truss/llama3-70b-sglang.yaml': '0.4.0.post1',
  'truss/pixtral-12b-vllm-one-line.yaml': '0.7.3',
};

it('real configs state the version that a person reads, and no other', () => {
  const folder = new URL('../../corpus/', import.meta.url);
  const found = readManifest(folder).flatMap(({ file }) =>
    extractFrom(readCorpusFile(folder, file)).deployments.flatMap(({ engine }) =>
      engine.version === null ? [] : [[file, engine.version] as const],
    ),
  );
  expect(Object.fromEntries(found)).toEqual(STATED);
});
