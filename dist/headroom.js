#!/usr/bin/env node
import{t as e}from"./chunks/nearest.js";import{t}from"./chunks/version.js";import{t as n}from"./chunks/args.js";import{t as r}from"./chunks/commands.js";import{r as i}from"./chunks/columns.js";import{n as a,t as o}from"./chunks/width.js";import{t as s}from"./chunks/surroundings.js";import c from"node:module";function l(e){let t=o(r.map(({name:e,summary:t})=>({name:e,text:t})),e),n=r.flatMap(({examples:e})=>e.slice(0,1)).flatMap(d);return`Headroom predicts the GPU memory of model-serving configs, before the pod crash-loops.

Commands
${t.join(`
`)}

Try
${n.join(`
`)}

headroom help COMMAND tells more. --version prints the version.
Exit code: 0 passes, 1 the policy is violated, 2 the command or the policy is wrong.
`}function u({usage:e,summary:t,flags:n,examples:r},a){let s=n.map(({name:e,value:t,help:n,many:r})=>({name:`--${e}${t===null?``:` ${t}`}${r?` …`:``}`,text:n}));return`${i(t,a).join(`
`)}

  ${e}

Flags
${o(s,a).join(`
`)}

Examples
${r.flatMap(d).join(`
`)}
`}function d({command:e,what:t}){return[`  # ${t}`,`  ${e}`]}async function f(e,i){let[o,...c]=e;if(o===`--version`||o===`-V`)return i.out(`headroom ${t}\n`),0;if(o===void 0)return i.err(l(a(i))),2;let d=o===`help`||o===`--help`||o===`-h`,f=d?c[0]:o;if(f===void 0)return i.out(l(a(i))),0;let m=r.find(e=>e.name===f);if(!m)return s(i,p(f));let h=c.slice(0,c.includes(`--`)?c.indexOf(`--`):c.length);if(d||h.includes(`--help`)||h.includes(`-h`))return i.out(u(m,a(i))),0;let g=n(c,m.flags);return`problem`in g?s(i,g):g.positionals.length>m.positionals?s(i,{problem:`'${g.positionals[m.positionals]}' is one name too many`,remedy:m.takesCommand?`Write -- in front of the command: ${m.usage}.`:`Write ${m.usage}.`}):(await m.load())(g,i)}function p(t){let n=r.map(e=>e.name),[i]=e(t.replace(/^-{1,2}/,``),[...n,`--help`,`--version`]);return{problem:`unknown ${t.startsWith(`-`)?`flag`:`command`} '${t}'`,remedy:i?`Did you mean headroom ${i}?`:`The commands are ${n.join(`, `)}; headroom help tells more.`}}c.enableCompileCache?.(),process.stdout.on(`error`,e=>{if(e.code!==`EPIPE`)throw e}),process.exitCode=await f(process.argv.slice(2),{out:e=>process.stdout.write(e),err:e=>process.stderr.write(e),env:process.env,cwd:process.cwd(),columns:process.stdout.isTTY?process.stdout.columns:null,progress:process.stderr.isTTY});export{};