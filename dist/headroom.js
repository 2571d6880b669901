#!/usr/bin/env node
import{t as e}from"./chunks/nearest.js";import{t}from"./chunks/version.js";import{t as n}from"./chunks/args.js";import{t as r}from"./chunks/commands.js";import{r as i}from"./chunks/columns.js";import{n as a,t as o}from"./chunks/width.js";import{t as s}from"./chunks/surroundings.js";import c from"node:module";import{once as l}from"node:events";import{setFlagsFromString as u}from"node:v8";function d(e){let t=o(r.map(({name:e,summary:t})=>({name:e,text:t})),e),n=r.flatMap(({examples:e})=>e.slice(0,1)).flatMap(p);return`Headroom predicts the GPU memory of model-serving configs, before the pod crash-loops.

Commands
${t.join(`
`)}

Try
${n.join(`
`)}

headroom help COMMAND tells more. --version prints the version.
${i(`Exit code: 0 passes, 1 does not (a config by the policy, a launch, a log, facts), 2 the command or the policy is wrong.`,e).join(`
`)}
`}function f({usage:e,summary:t,flags:n,examples:r},a){let s=n.map(({name:e,value:t,help:n,many:r})=>({name:`--${e}${t===null?``:` ${t}`}${r?` …`:``}`,text:n}));return`${i(t,a).join(`
`)}

  ${e}

Flags
${o(s,a).join(`
`)}

Examples
${r.flatMap(p).join(`
`)}
`}function p({command:e,what:t}){return[`  # ${t}`,`  ${e}`]}async function m(e,i){let[o,...c]=e;if(o===`--version`||o===`-V`)return i.out(`headroom ${t}\n`),0;if(o===void 0)return i.err(d(a(i))),2;let l=o===`help`||o===`--help`||o===`-h`,u=l?c[0]:o;if(u===void 0)return i.out(d(a(i))),0;let p=r.find(e=>e.name===u);if(!p)return s(i,h(u));let m=c.slice(0,c.includes(`--`)?c.indexOf(`--`):c.length);if(l||m.includes(`--help`)||m.includes(`-h`))return i.out(f(p,a(i))),0;let g=n(c,p.flags);return`problem`in g?s(i,g):g.positionals.length>p.positionals?s(i,{problem:`'${g.positionals[p.positionals]}' is one name too many`,remedy:p.takesCommand?`Write -- in front of the command: ${p.usage}.`:`Write ${p.usage}.`}):(await p.load())(g,i)}function h(t){let n=r.map(e=>e.name),[i]=e(t.replace(/^-{1,2}/,``),[...n,`--help`,`--version`]);return{problem:`unknown ${t.startsWith(`-`)?`flag`:`command`} '${t}'`,remedy:i?`Did you mean headroom ${i}?`:`The commands are ${n.join(`, `)}; headroom help tells more.`}}const g=/^v2[0-4]\./;function _(){g.test(process.version)&&(u(`--semi-space-growth-factor=1`),u(`--heap-growing-percent=30`))}c.enableCompileCache?.();for(let e of[process.stdout,process.stderr])e.on(`error`,e=>{if(e.code!==`EPIPE`)throw e});process.exitCode=await m(process.argv.slice(2),{out:e=>process.stdout.write(e),drained:async()=>{process.stdout.writableNeedDrain&&await l(process.stdout,`drain`).catch(()=>{})},err:e=>process.stderr.write(e),saveMemory:_,env:process.env,cwd:process.cwd(),columns:process.stdout.isTTY?process.stdout.columns:null,progress:process.stderr.isTTY});export{};