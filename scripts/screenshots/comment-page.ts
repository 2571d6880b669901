/** Colours of GitHub's two themes (Primer's tokens fgColor, bgColor, borderColor). */
const COLOURS = {
  light: { text: '#1f2328', soft: '#59636e', back: '#ffffff', inset: '#f6f8fa', line: '#d1d9e0', link: '#0969da' },
  dark: { text: '#f0f6fc', soft: '#9198a1', back: '#0d1117', inset: '#151b23', line: '#3d444d', link: '#4493f8' },
} as const;

/** A comment as GitHub shows it, near enough: its box, its tables and its code. */
export function commentPage(body: string, theme: keyof typeof COLOURS): string {
  const { text, soft, back, inset, line, link } = COLOURS[theme];
  return `<!doctype html><meta charset="utf-8"><style>
    body{margin:16px;background:${back};color:${text};font:14px/1.5 system-ui,"Noto Sans","Liberation Sans",sans-serif}
    .box{border:1px solid ${line};border-radius:6px} .head{padding:8px 16px;background:${inset};color:${soft};border-bottom:1px solid ${line};border-radius:6px 6px 0 0}
    .head b{color:${text}} .body{padding:0 16px 8px} a{color:${link};text-decoration:none} h2,h3{margin:20px 0 12px;line-height:1.25}
    h2{font-size:21px;padding-bottom:6px;border-bottom:1px solid ${line}} h3{font-size:17px} blockquote{margin:0 0 12px;padding:0 14px;color:${soft};border-left:4px solid ${line}}
    table{border-collapse:collapse;margin:0 0 12px;display:block;max-width:100%;overflow:hidden} th,td{border:1px solid ${line};padding:4px 9px;white-space:nowrap} code{background:${inset};padding:2px 5px;border-radius:5px;font:12px "DejaVu Sans Mono",monospace}
    pre{background:${inset};padding:12px;border-radius:6px;overflow:hidden} pre code{padding:0} hr{border:0;border-top:1px solid ${line}} sub{font-size:11px} details{margin-bottom:10px}
  </style><div class="box"><div class="head"><b>github-actions</b> commented now</div><div class="body">${body}</div></div>`;
}
