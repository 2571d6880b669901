import{t as e}from"./catalogues.js";import{t}from"./commands.js";import{t as n}from"./surroundings.js";const r=[`bash`,`zsh`,`fish`];function i({positionals:t},i){let s=r.find(e=>e===t[0]);if(!s)return n(i,{problem:t[0]===void 0?`no shell named`:`there is no completion for '${t[0]}'`,remedy:`Write headroom completion ${r.join(`|`)}.`});let c=e().hardware.gpus.map(({id:e})=>e);return i.out(s===`fish`?o(c):a(c,s)),0}function a(e,n){let r=t=>t.name===`gpu`?e:t.choices??[],i=t.flatMap(({name:e,flags:t})=>t.filter(e=>r(e).length>0).map(t=>`    ${e}:--${t.name}) words='${r(t).join(` `)}' ;;`)),a=t.map(({name:e,flags:t})=>`      ${e}) words='${t.map(e=>`--${e.name}`).join(` `)}' ;;`);return`${n===`zsh`?`autoload -U +X bashcompinit && bashcompinit
`:``}_headroom() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=''
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${t.map(({name:e})=>e).join(` `)} help'
  else
    case "\${COMP_WORDS[1]}:\${COMP_WORDS[COMP_CWORD-1]}" in
${i.map(e=>`  ${e}`).join(`
`)}
    esac
    if [ -z "$words" ]; then case "$current" in -*) case "\${COMP_WORDS[1]}" in
${a.join(`
`)}
    esac ;; esac; fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _headroom headroom
`}function o(e){return`${t.flatMap(({name:t,summary:n,flags:r})=>[`complete -c headroom -n __fish_use_subcommand -a ${t} -d ${s(n)}`,...r.map(n=>{let r=n.name===`gpu`?e:n.choices,i=n.value===null?``:r?` -x -a ${s(r.join(` `))}`:` -r`;return`complete -c headroom -n '__fish_seen_subcommand_from ${t}' -l ${n.name}${i} -d ${s(n.help)}`})]).join(`
`)}\n`}function s(e){return`'${e.replaceAll(`\\`,`\\\\`).replaceAll(`'`,String.raw`\'`)}'`}export{i as runCompletion};