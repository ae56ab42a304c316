const e=[`ndjson`,`json`,`csv`];function exportEvents(e,t){return{ndjson:toNdjson,json:toJson,csv:toCsv}[t](e)}async function*toNdjson(e){for await(let t of e)yield`${JSON.stringify(t)}\n`}async function*toJson(e){let t=`[
`;for await(let n of e)yield`${t}${JSON.stringify(n)}`,t=`,
`;yield t===`[
`?`[]
`:`
]
`}const t={position:e=>String(e.position),id:e=>e.id,type:e=>e.type,timestamp:e=>e.timestamp,issueId:e=>e.tags.issueId??``,runId:e=>e.tags.runId??``,stepId:e=>e.tags.stepId??``,actorKind:e=>e.metadata.actor.kind,actorId:e=>e.metadata.actor.id,actorLogin:e=>e.metadata.actor.login,correlationId:e=>e.metadata.correlationId,tags:e=>JSON.stringify(e.tags),metadata:e=>JSON.stringify(e.metadata),data:e=>JSON.stringify(e.data),prevHash:e=>e.prevHash,hash:e=>e.hash};async function*toCsv(e){yield toRecord(Object.keys(t));for await(let n of e)yield toRecord(Object.values(t).map(e=>e(n)))}function toRecord(e){return`${e.map(toField).join(`,`)}\r\n`}function toField(e){let t=/^[=+\-@\t\r]/.test(e)?`'${e}`:e;return/[",\r\n]/.test(t)?`"${t.replaceAll(`"`,`""`)}"`:t}export{e as n,exportEvents as t};