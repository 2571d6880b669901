import { expect, it } from 'vitest';
import { extractFrom, readCorpusFile, readManifest } from '../../corpus/score.ts';

/** What a person reads in the real configs: the tag of the image. Every other launch there states none. */
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
