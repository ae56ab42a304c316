import{i as e}from"./untrusted-513e1a05.js";import{r as t}from"./ladder-11ee8a8f.js";function describeRoutes({message:n}){let r=t.filter(({fix:e})=>e.length>0).map(({title:e,fix:t})=>`**${e}**\n\n\`\`\`yaml\n${t.join(`
`)}\n\`\`\``);return[`## No model can be used`,e(n,1e3),`Each of these ends it:`,...r].join(`

`)}function explainMissing(e){return e?.code===`KEY_MISSING`?describeRoutes(e):``}export{explainMissing as t};