import type { ImageVersion } from '../engine.ts';
import { imageName } from '../image-name.ts';

const RELEASE = String.raw`0\.(?:[3-9]|\d{2})\.\d{1,3}(?:\.?(?:post|rc)\d{1,3})*`;
/** A number that is said to be SGLang's: `sglang-0.5.2`, `sgl-v0.4.3.post3`, `cuda12.9-sglang0.5.7`. */
const NAMED = new RegExp(String.raw`sgl(?:ang)?[-_:]?v?(${RELEASE})(?![\d.])`, 'i');
/** `v0.5.3-cu126`, `v0.5.3rc0-cu129-amd64`, `v0.4.6.post5-rocm630-mi30x`, `0.5.7-gpu-py312-cu129-ubuntu22.04`. */
const TAG = new RegExp(`^v?(${RELEASE})(?![\\d.])`, 'i');

/** Images whose tags are SGLang's numbers: SGLang's own, AMD's development images, copies of them, AWS's. */
const NUMBERED_AS_SGLANG = /^(?:sglang(?:[-_](?:dev|cuda|rocm|gpu|server|openai|arm64|spark)[\w.-]*)?|sgl-dev)$/;

/** Images that somebody publishes for everyone: what runs in them is not said by files of this repository. */
const PUBLISHED =
  /(?:^|\/)(?:lmsysorg|rocm|ai-dynamo|gpustack|verlai|aphrodite-engine)\/(?:sglang|sgl)[\w.-]*$|^nvcr\.io\/|(?:^|\/)deep-learning-containers\/sglang$|\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/sglang$/;

interface Publisher {
  readonly by: string;
  readonly images: RegExp;
  /** Tags and the SGLang in them. */
  readonly releases: readonly (readonly [RegExp, string])[];
}

/** Publishers that number their images in their own way. What their lists do not say stays unknown. */
const PUBLISHERS: readonly Publisher[] = [
  {
    // Support matrix, docs.nvidia.com/dynamo (page of 0.9.1, "Backend Dependencies")
    by: 'Dynamo’s support matrix',
    images: /(?:^|\/)ai-dynamo\/sglang-runtime$/,
    releases: [
      [/^v?0\.6\.[01](?:\.post\d)?(?:-|$)/, '0.5.3.post2'],
      [/^v?0\.7\.[01](?:\.post\d)?(?:-|$)/, '0.5.4.post3'],
      [/^v?0\.8\.[01](?:-|$)/, '0.5.6.post2'],
      [/^v?0\.9\.[01](?:-|$)/, '0.5.8'],
    ],
  },
  // Numbered by month; its list of versions was not found.
  { by: 'NVIDIA’s list', images: /^nvcr\.io\/nvidia\/sglang$/, releases: [] },
];

/**
 * What an image reference says about the SGLang inside it: by its tag where the tag is SGLang's number, by the publisher's
 * own list where it is not. Null when the reference says nothing: an image of the team's own.
 */
export function versionOfImage(image: string): ImageVersion | null {
  const { name, last, tag } = imageName(image);
  const publisher = PUBLISHERS.find(({ images }) => images.test(name));
  const listed = publisher?.releases.find(([tags]) => tags.test(tag))?.[1] ?? null;
  if (publisher && listed !== null) return { version: listed, by: publisher.by, published: true };
  const named = NAMED.exec(tag) ?? NAMED.exec(last);
  if (named?.[1] !== undefined)
    return { version: named[1].toLowerCase(), by: null, published: publisher !== undefined || PUBLISHED.test(name) };
  if (publisher) return { version: null, by: null, published: true };
  const plain = NUMBERED_AS_SGLANG.test(last) ? (TAG.exec(tag)?.[1] ?? null) : null;
  if (plain !== null) return { version: plain.toLowerCase(), by: null, published: true };
  return PUBLISHED.test(name) ? { version: null, by: null, published: true } : null;
}
