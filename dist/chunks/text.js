const e=new WeakMap;function t(t){let n=e.get(t);if(n)return n;let r=[];for(let e=t.text.indexOf(`
`);e!==-1;e=t.text.indexOf(`
`,e+1))r.push(e);let i=Uint32Array.from(r);return e.set(t,i),i}function n(e,n){let r=t(e),[i,a]=[0,r.length];for(;i<a;){let e=i+a>>1;(r[e]??0)<n?i=e+1:a=e}return i+1}function r(e,t,r){return{file:e.path,start:t,end:r,line:n(e,t)}}function i(e){return e.slice(e.lastIndexOf(`/`)+1)}function a(e){return e.includes(`\r
`)?`\r
`:`
`}function o(e){return String(Math.round(e)).replace(/\B(?=(?:\d{3})+$)/g,`,`)}export{r as a,a as i,o as n,n as r,i as t};