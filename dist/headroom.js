#!/usr/bin/env node
import{t as e}from"./chunks/nearest.js";import{t}from"./chunks/version.js";import{t as n}from"./chunks/args.js";import{t as r}from"./chunks/commands.js";import{t as i}from"./chunks/surroundings.js";function a(){let e=Math.max(...r.map(({name:e})=>e.length)),t=r.map(({name:t,summary:n})=>`  ${t.padEnd(e)}  ${n}`),n=r.flatMap(({examples:e})=>e.slice(0,1)).flatMap(s);return`Headroom predicts the GPU memory of model-serving configs, before the pod crash-loops.

Commands
${t.join(`
`)}

Try
${n.join(`
`)}

headroom help COMMAND tells more. --version prints the version.
Exit code: 0 passes, 1 the policy is violated, 2 the command or the policy is wrong.
`}function o({usage:e,summary:t,flags:n,examples:r}){let i=n.map(({name:e,value:t,help:n,many:r})=>({flag:`--${e}${t===null?``:` ${t}`}${r?` …`:``}`,help:n})),a=Math.max(...i.map(({flag:e})=>e.length));return`${t}

  ${e}

Flags
${i.map(({flag:e,help:t})=>`  ${e.padEnd(a)}  ${t}`).join(`
`)}

Examples
${r.flatMap(s).join(`
`)}
`}function s({command:e,what:t}){return[`  # ${t}`,`  ${e}`]}async function c(e,s){let[c,...u]=e;if(c===`--version`||c===`-V`)return s.out(`headroom ${t}\n`),0;if(c===void 0)return s.err(a()),2;let d=c===`help`||c===`--help`||c===`-h`,f=d?u[0]:c;if(f===void 0)return s.out(a()),0;let p=r.find(e=>e.name===f);if(!p)return i(s,l(f));let m=u.slice(0,u.includes(`--`)?u.indexOf(`--`):u.length);if(d||m.includes(`--help`)||m.includes(`-h`))return s.out(o(p)),0;let h=n(u,p.flags);return`problem`in h?i(s,h):h.positionals.length>p.positionals?i(s,{problem:`'${h.positionals[p.positionals]}' is one name too many`,remedy:`Write ${p.usage}.`}):(await p.load())(h,s)}function l(t){let n=r.map(e=>e.name),[i]=e(t,n);return{problem:`unknown ${t.startsWith(`-`)?`flag`:`command`} '${t}'`,remedy:i?`Did you mean headroom ${i}?`:`The commands are ${n.join(`, `)}; headroom help tells more.`}}process.stdout.on(`error`,e=>{if(e.code!==`EPIPE`)throw e}),process.exitCode=await c(process.argv.slice(2),{out:e=>process.stdout.write(e),err:e=>process.stderr.write(e),env:process.env,cwd:process.cwd(),columns:process.stdout.isTTY?process.stdout.columns:null,progress:process.stderr.isTTY});export{};