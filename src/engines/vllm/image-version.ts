import type { ImageVersion } from '../engine.ts';
import { imageName } from '../image-name.ts';
import { CHANGES } from './changes.ts';

/**
 * What an image reference says about the vLLM inside it: by its tag where the tag is vLLM's number, by the publisher's
 * own list where it is not. Null when the reference says nothing: an image of the team's own.
 */
export function versionOfImage(image: string): ImageVersion | null {
  const { name, last, tag } = imageName(image);
  const publisher = PUBLISHERS.find(({ images }) => images.test(name));
  if (publisher) {
    const version = publisher.releases.find(([tags]) => tags.test(tag))?.[1] ?? null;
    if (version !== null) return { version, by: publisher.by, published: true };
  }
  // `neuron-sdk2.20-vllm0.5.0`, `rocm6.4.1_vllm_0.9.1_20250702`, `cuda12.8-vllm0.10.2`
  const named = NAMED.exec(tag) ?? NAMED.exec(last);
  if (named?.[1] !== undefined) return { version: named[1], by: null, published: publisher !== undefined };
  const plain = (publisher?.numbersAsVllm ?? NUMBERED_AS_VLLM.test(last)) ? tagVersion(tag) : null;
  if (plain !== null) return { version: plain, by: null, published: true };
  return publisher !== undefined || PUBLISHED.test(name) ? { version: null, by: null, published: true } : null;
}

const RELEASE = String.raw`0\.(?!1\.|0\.)\d{1,3}\.\d{1,3}(?:\.\d{1,2})?(?:\.?(?:post|rc)\d{1,3})?(?:\.?dev\d{1,6})?`;
/** A number that is said to be vLLM's. */
const NAMED = new RegExp(String.raw`vllm[-_]?v?(${RELEASE})(?![\d])`, 'i');
/** vLLM numbers its releases 0.x.y, from 0.2 on in images; another first number is a vendor's own. */
const TAG = new RegExp(`^v?(${RELEASE})(?![\\d.])`, 'i');
const MINOR_TAG = /^v?(0\.(\d{1,3}))(?:-|$)/;

/** `v0.19.0-cu129`, `v0.9.2rc1`, and `0.15-gpu-py312` where every patch of that minor takes the same memory. */
function tagVersion(tag: string): string | null {
  const exact = TAG.exec(tag)?.[1];
  if (exact !== undefined) return exact;
  const [, minor, number] = MINOR_TAG.exec(tag) ?? [];
  return minor === undefined || PATCHED_MINORS.has(Number(number)) || Number(number) < 8 ? null : minor;
}

/** Minor releases within which a patch changes memory; below 0.8 nobody has looked. */
const PATCHED_MINORS: ReadonlySet<number> = new Set(
  Object.values(CHANGES).flatMap(([, minor, patch]) => (patch > 0 ? [minor] : [])),
);

/** Image names whose tags are vLLM's numbers: vLLM's own and copies of them. A team's `vllm-server` counts for itself. */
const NUMBERED_AS_VLLM =
  /^vllm(?:-(?:openai|cpu|gpu|cuda|rocm|tpu|xpu|hpu|gaudi|neuron|ascend|omni|dev|arm64|aarch64|release|test)[\w.-]*)?$/;

/** Images that somebody publishes for everyone: what runs in them is not said by files of this repository. */
const PUBLISHED =
  /(?:^|\/)(?:vllm|rocm|intel|opea|rayproject|kserve|gpustack|verlai|modh|opendatahub|rhaiis|rhoai)\/[\w.-]+$|(?:^|\/)vllm-openai[\w.-]*$|^nvcr\.io\/|^registry\.redhat\.io\/|^ghcr\.io\/huggingface\/|^public\.ecr\.aws\/deep-learning-containers\/|(?:^|\/)djl-inference$/;

interface Publisher {
  readonly by: string;
  readonly images: RegExp;
  /** Whether what the list does not say is vLLM's own number. */
  readonly numbersAsVllm: boolean;
  /** Tags and the vLLM in them. */
  readonly releases: readonly (readonly [RegExp, string])[];
}

/** Publishers that number their images in their own way. What their lists do not say stays unknown. */
const PUBLISHERS: readonly Publisher[] = [
  {
    // What the containers say of themselves at start-up (`vLLM API server version 0.10.1.1+381074ae.nv25.09`,
    // `0.11.0+582e4e37.nv25.11`, `0.12.0+35a9f223.nv25.12.post1`, `0.13.0+faa43dbf.nv26.01`, `0.15.1+bef….nv26.02`,
    // `0.19.0+….nv26.04`; the notes of 26.01 say 0.11.1) and the release notes of 25.10, 26.03, 26.05 and 26.10
    // (docs.nvidia.com/deeplearning/frameworks/vllm-release-notes).
    by: 'NVIDIA’s list',
    images: /(?:^|\/)nvidia\/vllm$/,
    numbersAsVllm: false,
    releases: [
      [/^25\.09(?:[.-]|$)/, '0.10.1.1'],
      [/^25\.10(?:[.-]|$)/, '0.10.2'],
      [/^25\.11(?:[.-]|$)/, '0.11.0'],
      [/^25\.12\.post1(?:-|$)/, '0.12.0'],
      [/^26\.01(?:[.-]|$)/, '0.13.0'],
      [/^26\.02(?:[.-]|$)/, '0.15.1'],
      [/^26\.03(?:[.-]|$)/, '0.17.1'],
      [/^26\.04(?:[.-]|$)/, '0.19.0'],
      [/^26\.05(?:[.-]|$)/, '0.20.1'],
      [/^26\.10(?:[.-]|$)/, '0.31.0'],
    ],
  },
  {
    // Support matrix, docs.nvidia.com/dynamo (versions 0.9.1, 1.0.0, 1.1.1, 1.2.0, 1.3.0 of the page)
    by: 'Dynamo’s support matrix',
    images: /(?:^|\/)ai-dynamo\/vllm-runtime$/,
    numbersAsVllm: false,
    releases: [
      [/^v?0\.[67]\.[01](?:\.post\d)?(?:-|$)/, '0.11.0'],
      [/^v?0\.8\.[01](?:-|$)/, '0.12.0'],
      [/^v?0\.9\.[01](?:-|$)/, '0.14.1'],
      [/^v?1\.0\.0(?:-|$)/, '0.16.0'],
      [/^v?1\.1\.1(?:-|$)/, '0.19.0'],
      [/^v?1\.2\.[01](?:-cuda\d+|$)/, '0.20.1'],
      [/^v?1\.3\.[01](?:-cuda\d+|$)/, '0.23.0'],
    ],
  },
  {
    // Component summaries of the releases 0.8.0 and 0.9.0, github.com/llm-d/llm-d/releases ("wheel installed in llm-d")
    by: 'llm-d’s release notes',
    images: /(?:^|\/)llm-d\/llm-d(?:-(?:cuda|aws|rocm|xpu|cpu|hpu))?$/,
    numbersAsVllm: false,
    releases: [
      [/^v?0\.7\.0$/, '0.19.1'],
      [/^v?0\.8\.[01]$/, '0.23.0'],
      [/^v?0\.9\.0$/, '0.26.0'],
    ],
  },
  {
    // docs/src/data/vllm-server, github.com/aws/deep-learning-containers; the other tags are vLLM's own numbers
    by: 'AWS’s list of images',
    images: /^(?:763104351884\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com|public\.ecr\.aws\/deep-learning-containers)\/vllm$/,
    numbersAsVllm: true,
    releases: [
      [/^server-(?:sagemaker-)?cuda-v1(?:\.0)?$/, '0.19.1'],
      [/^server-(?:sagemaker-)?cuda-v2\.0$/, '0.22.1rc0'],
      [/^server-(?:sagemaker-)?cuda-v2\.1$/, '0.24.0'],
      [/^server-(?:sagemaker-)?cuda-v2\.2$/, '0.26.0'],
      [/^server-(?:sagemaker-)?cuda-v2\.3$/, '0.27.0'],
    ],
  },
  {
    // 3.0: "Product and version compatibility", docs.redhat.com; 3.2.2: model cards of RedHatAI ("validated on")
    by: 'Red Hat’s list',
    images: /(?:^|\/)rhaiis\/vllm-[\w.-]+$/,
    numbersAsVllm: false,
    releases: [
      [/^3\.0\.0(?:-|$)/, '0.8.4'],
      [/^3\.2\.2(?:-|$)/, '0.10.1.1'],
    ],
  },
  {
    // docs/lmi/release_notes.md, github.com/deepjavalibrary/djl-serving ("vLLM has been upgraded to")
    by: 'LMI’s release notes',
    images: /(?:^|\/)djl-inference$/,
    numbersAsVllm: false,
    releases: [
      [/-lmi15\.\d/, '0.8.4'],
      [/-lmi16\.\d/, '0.10.2'],
      [/-lmi17\.\d/, '0.11.1'],
      [/-lmi18\.\d/, '0.12.0'],
      [/-lmi19\.\d/, '0.14.0'],
      [/-lmi20\.\d/, '0.15.1'],
    ],
  },
  // Called as vLLM's image and numbered as LMCache (github.com/LMCache/LMCache/releases).
  { by: 'LMCache', images: /(?:^|\/)lmcache\/vllm-openai$/, numbersAsVllm: false, releases: [] },
];
