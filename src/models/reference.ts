/** What a launch names as its model, taken apart. */
export interface ModelReference {
  /** Without scheme, revision and slashes at the end. */
  readonly path: string;
  /** Repository id on a Hub (`owner/name`, or a bare `name`), or null for what is certainly a path. */
  readonly hubId: string | null;
  /** Branch, tag or commit that the name itself pins, or null. */
  readonly revision: string | null;
  /** Which of a repository's GGUF files (`Q4_K_M` of `owner/name:Q4_K_M`), or null. */
  readonly gguf: string | null;
  /** How the name leads to the id, when it is not the id itself: for a reader. */
  readonly reading: string | null;
}

/** As the Hub allows them (huggingface_hub utils/_validators.py, validate_repo_id): no `--`, no `..`, at most 96 a part. */
const PART = '[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?';
const HUB_ID = new RegExp(`^(?:${PART}/)?${PART}$`);
/** `snapshots/<commit>` below `models--owner--name`: how huggingface_hub lays out its cache. */
const CACHED = /(?:^|\/)models--([^/]{1,200})(?:\/snapshots\/([^/]{1,100}))?(?:\/|$)/;
/** `owner/name:QUANT` names a file of a repository (vLLM transformers_utils/gguf_utils.py, is_remote_gguf). */
const GGUF = /^([^/:]+\/[^/:]+):((?:UD-)?(?:I?Q\d|TQ\d|BF16|F16|F32|MXFP4)[A-Za-z0-9_]{0,20})$/;
const LONGEST = 300;

/** Whether a text is shaped like a repository id of the Hub. */
export function isHubId(text: string): boolean {
  return HUB_ID.test(text) && !/--|\.\.|\.git$|\.gguf$|\.json$/i.test(text);
}

/** Takes a model's name apart: `org/name`, `org/name@revision`, `hf://org/name`, `s3://…`, `pvc://…`, `/models/…`, a folder of the Hub's cache. */
export function referenceOf(written: string): ModelReference {
  const text = written.slice(0, LONGEST).trim();
  const scheme = /^([a-z][a-z0-9+.-]{0,20}):\/\//i.exec(text)?.[1]?.toLowerCase() ?? null;
  const bare = (scheme === null ? text : text.slice(scheme.length + 3)).replace(/\/{1,300}$/, '');
  const cached = CACHED.exec(bare);
  if (cached) {
    const id = (cached[1] ?? '').split('--').join('/');
    if (isHubId(id))
      return { path: bare, hubId: id, revision: cached[2] ?? null, gguf: null, reading: `a folder of the Hub's cache` };
  }
  const at = bare.lastIndexOf('@');
  const pinned = at > bare.lastIndexOf('/') ? bare.slice(at + 1) : null;
  const path = pinned === null ? bare : bare.slice(0, at);
  const revision = pinned === '' ? null : pinned;
  if (scheme === 'hf') {
    // KServe writes the revision behind a colon.
    const colon = path.indexOf(':');
    const id = colon === -1 ? path : path.slice(0, colon);
    const own = colon === -1 ? revision : path.slice(colon + 1) || null;
    return { path: id, hubId: isHubId(id) ? id : null, revision: own, gguf: null, reading: null };
  }
  if (scheme !== null || /^[./~]/.test(path)) return { path, hubId: null, revision, gguf: null, reading: null };
  const [, id, gguf] = GGUF.exec(path) ?? [];
  if (id !== undefined && gguf !== undefined && isHubId(id)) return { path, hubId: id, revision, gguf, reading: null };
  return { path, hubId: isHubId(path) ? path : null, revision, gguf: null, reading: null };
}

/** A model at the revision that an option of its own names, as {@link referenceOf} takes it apart; a revision in the name goes before. */
export function pinnedModel(id: string, revision: string | null): string {
  return revision === null || revision === '' || referenceOf(id).revision !== null ? id : `${id}@${revision}`;
}

/** A commit, whole or shortened: it names one state of the repository and never another. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{7,40}$/.test(revision);
}
