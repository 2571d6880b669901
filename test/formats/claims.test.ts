// Kubernetes docs, "Dynamic Resource Allocation" (resource.k8s.io/v1: ResourceClaimTemplate, requests with exactly, firstAvailable,
// allocationMode, CEL selectors); NVIDIA k8s-nim-operator, config/samples/nim/serving/advanced/dra (draResources).
import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

type Files = Readonly<Record<string, string>>;

function requestOf(files: Files, path = 'd/pod.yaml') {
  const read = (one: string) => (one in files ? { path: one, text: files[one] ?? '' } : null);
  const list = (folder: string) =>
    Object.keys(files).flatMap((one) => (one.startsWith(`${folder}/`) ? [one.slice(folder.length + 1)] : []));
  const { deployments } = extractAll([{ path, text: files[path] ?? '' }], { engines, read, list });
  expect(deployments).toHaveLength(1);
  const { name, count, alternatives } = deployments[0]?.gpuRequest ?? {};
  return [name?.value ?? null, count?.value ?? null, alternatives?.map((one) => [one.name?.value, one.count?.value])];
}

const POD = `apiVersion: v1
kind: Pod
metadata: {name: chat}
spec:
  resourceClaims: [{name: gpu, resourceClaimTemplateName: two}]
  containers:
    - name: vllm
      image: vllm/vllm-openai:v0.11.0
      args: [--model, Qwen/Qwen3-8B]
      resources: {claims: [{name: gpu}]}
`;

function template(requests: string, name = 'two'): string {
  return `apiVersion: resource.k8s.io/v1\nkind: ResourceClaimTemplate\nmetadata: {name: ${name}}\nspec: {spec: {devices: {requests: [${requests}]}}}\n`;
}

const SELECTOR = (expression: string) => `selectors: [{cel: {expression: "${expression}"}}]`;
const PRODUCT = "device.attributes['gpu.nvidia.com'].productName";

describe('the claims of a pod', () => {
  it.each([
    ['{name: g, exactly: {deviceClassName: gpu.nvidia.com, count: 2}}', [null, 2, undefined]],
    ['{name: g, deviceClassName: gpu.nvidia.com}', [null, 1, undefined]],
    [
      '{name: a, deviceClassName: gpu.nvidia.com}, {name: b, deviceClassName: gpu.nvidia.com, count: 3}',
      [null, 4, undefined],
    ],
    ['{name: g, exactly: {deviceClassName: gpu.nvidia.com, allocationMode: All}}', [null, null, undefined]],
    ['{name: n, deviceClassName: dra.net}, {name: g, deviceClassName: gpu.nvidia.com}', [null, 1, undefined]],
    [
      `{name: g, exactly: {deviceClassName: gpu.nvidia.com, ${SELECTOR(`${PRODUCT} == 'NVIDIA H100 80GB HBM3'`)}}}`,
      ['NVIDIA H100 80GB HBM3', 1, undefined],
    ],
    [
      `{name: g, exactly: {deviceClassName: gpu.nvidia.com, count: 2, ${SELECTOR(`${PRODUCT}.lowerAscii().matches('^.*a100.*$') || ${PRODUCT}.lowerAscii().matches('^.*h100.*$')`)}}}`,
      ['a100', 2, [['h100', 2]]],
    ],
    [
      `{name: g, exactly: {deviceClassName: gpu.nvidia.com, ${SELECTOR(`${PRODUCT} != 'Tesla T4'`)}}}`,
      [null, 1, undefined],
    ],
    [
      `{name: g, exactly: {deviceClassName: gpu.nvidia.com, ${SELECTOR(`device.attributes['gpu.nvidia.com'].type == 'gpu'`)}}}`,
      [null, 1, undefined],
    ],
    [
      `{name: g, firstAvailable: [{name: big, deviceClassName: gpu.nvidia.com, ${SELECTOR(`${PRODUCT} == 'NVIDIA H100'`)}}, {name: two, deviceClassName: gpu.nvidia.com, count: 2, ${SELECTOR(`${PRODUCT} == 'NVIDIA L4'`)}}]}`,
      ['NVIDIA H100', 1, [['NVIDIA L4', 2]]],
    ],
  ])('%s', (requests, expected) => {
    expect(requestOf({ 'd/pod.yaml': `${POD}---\n${template(requests)}` })).toEqual(expected);
  });

  const two = template('{name: g, exactly: {deviceClassName: gpu.nvidia.com, count: 2}}');

  it('may stand in another file of the folder', () => {
    expect(requestOf({ 'd/pod.yaml': POD, 'd/claims.yaml': two })).toEqual([null, 2, undefined]);
    expect(requestOf({ 'd/pod.yaml': POD, 'e/claims.yaml': two })).toEqual([null, null, undefined]);
  });

  it('are not known where several files have them', () => {
    expect(requestOf({ 'd/pod.yaml': POD, 'd/a.yaml': two, 'd/b.yaml': two })).toEqual([null, null, undefined]);
  });
});

describe('the claims of a NIMService', () => {
  const service = (claims: string) =>
    `apiVersion: apps.nvidia.com/v1alpha1\nkind: NIMService\nmetadata: {name: llm}\nspec:\n  image: {repository: nvcr.io/nim/meta/llama-3.1-8b-instruct, tag: 1.8.4}\n  draResources: [${claims}]\n`;
  it.each([
    ['{claimCreationSpec: {devices: [{name: gpu}]}}', [null, 1, undefined]],
    [
      '{claimCreationSpec: {devices: [{name: gpu, count: 2, attributeSelectors: [{key: productName, op: Equal, value: {stringValue: NVIDIA H100 80GB HBM3}}]}]}}',
      ['NVIDIA H100 80GB HBM3', 2, undefined],
    ],
    [
      '{claimCreationSpec: {devices: [{name: gpu, attributeSelectors: [{key: productName, op: NotEqual, value: {stringValue: Tesla T4}}]}]}}',
      [null, 1, undefined],
    ],
    [
      `{claimCreationSpec: {devices: [{name: gpu, celExpressions: ["${PRODUCT}.lowerAscii().matches('^.*a100.*$') || ${PRODUCT}.lowerAscii().matches('^.*h100.*$')"]}]}}`,
      ['a100', 1, [['h100', 1]]],
    ],
    ['{resourceClaimTemplateName: two}', [null, 2, undefined]],
  ])('%s', (claims, expected) => {
    const own = template('{name: g, exactly: {deviceClassName: gpu.nvidia.com, count: 2}}');
    expect(requestOf({ 'd/pod.yaml': `${service(claims)}---\n${own}` })).toEqual(expected);
    expect(requestOf({ 'd/pod.yaml': service(claims), 'd/claims.yaml': own })).toEqual(expected);
  });
});
