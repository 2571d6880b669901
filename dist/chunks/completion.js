import{t as e}from"./schema.js";import{t}from"./rules.js";import{t as n}from"./catalogues.js";import{t as r}from"./commands.js";import{t as i}from"./surroundings.js";const a=[`bash`,`zsh`,`fish`];function o({positionals:e},t){let r=a.find(t=>t===e[0]);if(!r)return i(t,{problem:e[0]===void 0?`no shell named`:`there is no completion for '${e[0]}'`,remedy:`Write headroom completion ${a.join(`|`)}.`});let o=n().hardware.gpus.map(({id:e})=>e);return t.out(r===`fish`?d(o):u(o,r)),0}const s=[[`help`,r.map(({name:e})=>e)],[`facts`,[`lock`,`check`]],[`rules`,t],[`completion`,a]],c=`headroom models 2>/dev/null | sed '1d;s/ .*//'`;function l({name:t,choices:n}){return n??(t===`fail-on`?[...e,`never`]:[])}function u(e,t){let n=new Map;for(let{name:e,flags:t}of r)for(let r of t){let t=l(r).join(` `);t!==``&&n.set(t,[...n.get(t)??[],`${e}:--${r.name}`])}let i=[...n].map(([e,t])=>`      ${t.join(`|`)}) words='${e}' ;;`),a=r.map(({name:e,flags:t})=>`        ${e}) words='${t.map(e=>`--${e.name}`).join(` `)}' ;;`),o=s.map(([e,t])=>`        ${e}) words='${t.join(` `)}' ;;`);return`${t===`zsh`?`autoload -U +X bashcompinit && bashcompinit
`:``}_headroom() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words='' prefix='' gpus='${e.join(` `)}'
  # bash takes --format=json apart at its sign, zsh does not.
  if [ "$current" = '=' ]; then current=''; elif [ "$before" = '=' ]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case "$current" in --*=*) before=\${current%%=*}; prefix="$before="; current=\${current#*=} ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${r.map(({name:e})=>e).join(` `)} help --version'
  else
    case "\${COMP_WORDS[1]}:$before" in
      *:--gpu) words=$gpus ;;
${i.join(`
`)}
    esac
    if [ -z "$words$prefix" ]; then case "$current" in
      -*) case "\${COMP_WORDS[1]}" in
${a.join(`
`)}
      esac ;;
      *) if [ "$COMP_CWORD" -eq 2 ]; then case "\${COMP_WORDS[1]}" in
        gpus) words=$gpus ;;
        model|models) words=$(${c}) ;;
${o.join(`
`)}
      esac; fi ;;
    esac; fi
  fi
  COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "$current"))
}
complete -o default -F _headroom headroom
`}function d(e){let t=[...s,[`gpus`,e]].map(([e,t])=>`complete -c headroom -n '__fish_seen_subcommand_from ${e}' -f -a ${p(t.join(` `))}`),n=r.flatMap(({name:e,summary:t,flags:n})=>[`complete -c headroom -n __fish_use_subcommand -a ${e} -d ${p(t)}`,...n.map(t=>{let n=t.name===`gpu`?`$__headroom_gpus`:l(t).join(` `),r=t.value===null?``:n===``?` -r`:` -x -a ${p(n)}`,i=l(t).length>0?``:` -d ${p(f(t))}`;return`complete -c headroom -n '__fish_seen_subcommand_from ${e}' -l ${t.name}${r}${i}`})]);return`set -g __headroom_gpus ${e.join(` `)}
complete -c headroom -n __fish_use_subcommand -f -a help -d 'Tell more about a command'
complete -c headroom -n __fish_use_subcommand -l version -d 'Print the version'
${[...n,...t].join(`
`)}
complete -c headroom -n '__fish_seen_subcommand_from model models' -a ${p(`(${c})`)}
`}function f({help:e}){return e.split(/[:;]/)[0]?.trim()??e}function p(e){return`'${e.replaceAll(`\\`,`\\\\`).replaceAll(`'`,String.raw`\'`)}'`}export{o as runCompletion};