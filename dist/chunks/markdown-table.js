function e(e,t,n=()=>!1){return[e,e.map((e,t)=>n(t)?`---:`:`---`),...t].map(e=>`| ${e.join(` | `)} |`).join(`
`)}function t(e,t){return`<details><summary>${e}</summary>\n\n${t}\n\n</details>`}function n(e,t){let n=e.slice(0,t).map(e=>`- ${e}`);return e.length>t&&n.push(`- and ${e.length-t} more`),n.join(`
`)}export{t as n,e as r,n as t};