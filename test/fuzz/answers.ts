import fc from 'fast-check';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { listingOf } from '../../src/hub/listing.ts';
import { occasionOf } from '../../src/github/event.ts';
import { hunksOf, inOneHunk } from '../../src/github/hunks.ts';
import { findMarker } from '../../src/github/marker.ts';
import { unzipOne } from '../../src/github/zip.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { readReport } from '../../src/report/read.ts';
import { zipOf } from '../e2e/zip.ts';
import { mixedReport } from '../report/factory.ts';
import { bounded, type FuzzTarget, promise } from './target.ts';
import { spoilt, spoiltBytes } from './texts.ts';

const hardware = loadHardware();
const report = renderJson(mixedReport());
const sha = 'a'.repeat(40);
const payloads = [
  { pull_request: { number: 7, changed_files: 3, base: { sha }, head: { sha, repo: { full_name: 'o/r' } } } },
  { merge_group: { base_sha: sha, head_sha: sha } },
  { before: sha, after: sha, ref: 'refs/heads/main' },
  {
    workflow_run: {
      id: 9,
      event: 'pull_request',
      head_sha: sha,
      head_branch: 'b',
      head_repository: { full_name: 'o/r' },
    },
  },
].map((payload) => JSON.stringify(payload));
const EVENTS = [
  'pull_request',
  'pull_request_target',
  'merge_group',
  'push',
  'workflow_run',
  'workflow_dispatch',
  'schedule',
];
const PATCH = '@@ -1,4 +1,5 @@\n a\n-b\n+c\n+d\n e\n@@ -90 +91,2 @@ f\n+g\n h\n';
const LISTING = JSON.stringify({
  sha,
  siblings: [
    { rfilename: 'config.json', size: 700 },
    { rfilename: 'model-00001-of-00002.safetensors', size: 5_000_000_000 },
    { rfilename: 'model-00002-of-00002.safetensors', size: 4_000_000_000 },
  ],
  safetensors: { parameters: { BF16: 4_500_000_000, F32: 64 } },
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the Hub, GitHub and the first of two workflows answer with. */
export const answerTargets: readonly FuzzTarget[] = [
  {
    name: 'hub-listing',
    property: bounded(fc.tuple(spoilt([LISTING]), fc.constantFrom(200, 404, 500)), ([text, status]) => {
      const { bytes, commit, names } = listingOf({ status, text, commit: null, errorCode: null });
      promise(bytes === null || (Number.isSafeInteger(bytes) && bytes > 0), `the weights are ${bytes} bytes`);
      promise(commit === null || /^[0-9a-f]{40}$/.test(commit), `${commit} is no commit`);
      promise(names === null || names.every((name) => typeof name === 'string'), 'a file has no name');
    }),
  },
  {
    name: 'github-event',
    property: bounded(fc.tuple(spoilt(payloads), fc.constantFrom(...EVENTS), fc.jsonValue()), ([text, event, any]) => {
      for (const payload of [parsed(text), any]) {
        const occasion = occasionOf(event, payload, null, sha);
        if ('headSha' in occasion)
          promise(/^[0-9a-f]{40,64}$/.test(occasion.headSha), `${occasion.headSha} is no commit`);
      }
    }),
  },
  {
    name: 'github-patch',
    property: bounded(fc.tuple(spoilt([PATCH]), fc.nat(200), fc.nat(20)), ([text, line, more]) => {
      const hunks = hunksOf(text);
      for (const { firstLine, lastLine } of hunks)
        promise(Number.isSafeInteger(lastLine) && firstLine <= lastLine, `a hunk from ${firstLine} to ${lastLine}`);
      inOneHunk(hunks, line, line + more);
      findMarker(text, 'headroom');
    }),
  },
  {
    name: 'artifact',
    property: bounded(fc.tuple(spoiltBytes(zipOf('report.json', report.slice(0, 2_000)))), ([bytes]) => {
      const found = unzipOne(bytes, 'report.json', 4_000);
      promise(found === null || found.length <= 4_000, 'more than the limit was unpacked');
    }),
  },
  {
    name: 'report',
    property: bounded(fc.tuple(spoilt([report])), ([text]) => {
      const read = readReport(text, hardware);
      if ('problem' in read) promise(read.problem !== '', 'refused without a word');
      else promise(!/<script/i.test(renderMarkdown(read)), 'a tag reaches the comment');
    }),
  },
];
