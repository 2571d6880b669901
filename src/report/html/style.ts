/** Colours by name, for light and for dark; the parts' own are told apart by people who see few colours (Okabe and Ito's palette). */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --back: #fff; --panel: #f6f8fa;
  --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --open: #0969da;
  --w: #0072b2; --d: #56b4e9; --k: #009e73; --a: #e69f00; --g: #cc79a7; --n: #d55e00; --o: #8a6d3b; --x: #e5e8eb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --back: #0d1117; --panel: #151b23;
  --good: #3fb950; --warn: #d29922; --bad: #f85149; --open: #4493f8; --x: #2a313c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .25rem; } h3 { font-size: .95rem; margin: 1rem 0 .25rem; }
code, td.num, .mono { font-family: ui-monospace, monospace; font-size: .92em; }
p { margin: .4rem 0; } .soft { color: var(--soft); }
.fits { color: var(--good); } .tight, .degraded { color: var(--warn); } .fails { color: var(--bad); } .unknown { color: var(--open); }
.bar { display: flex; height: 1.4rem; margin: .15rem 0 .5rem; background: var(--x); border-radius: 4px; overflow: hidden; position: relative; }
.bar > i { display: block; height: 100%; } .bar > b { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--bad); }
.w { background: var(--w); } .d { background: var(--d); } .k { background: var(--k); } .a { background: var(--a); } .g { background: var(--g); }
.n { background: var(--n); } .o { background: var(--o); }
.legend span { margin-right: 1rem; white-space: nowrap; } .legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .35em; }
table { border-collapse: collapse; margin: .5rem 0; display: block; overflow-x: auto; } th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; } th, td { overflow-wrap: normal; } td.num { text-align: right; white-space: nowrap; }
blockquote { margin: .3rem 0; padding: .2rem .8rem; border-left: 3px solid var(--line); color: var(--soft); overflow-wrap: anywhere; }
ul.plain { list-style: none; padding: 0; } a { color: inherit; }
details { margin: .5rem 0; } summary { cursor: pointer; }
.try { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .9rem; margin: .8rem 0; }
.try form { display: flex; flex-wrap: wrap; gap: .6rem; } .try label { display: flex; flex-direction: column; font-size: .85rem; color: var(--soft); }
.try input, .try select, .try button { font: inherit; color: var(--ink); background: var(--back); border: 1px solid var(--soft); border-radius: 4px; padding: .15rem .4rem; width: 13rem; max-width: 100%; }
.try input::placeholder { color: var(--soft); opacity: 1; }
`;
