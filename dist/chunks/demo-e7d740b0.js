import{i as e,o as t}from"./loop-19b4cb90.js";import{a as n,i as r,n as i}from"./quantities-753ac085.js";import{a}from"./untrusted-513e1a05.js";import{g as o}from"./sticky-3c3f4240.js";import{t as s}from"./errors-3d4e169b.js";import{i as c}from"./event-b488be38.js";import{l}from"./publish-500886cb.js";import{t as u}from"./compose-be9a5462.js";import{a as d}from"./git-9ff2c673.js";import{n as f,t as p}from"./read-state-f42c1bd3.js";import{t as m}from"./run-loop-a6c40cef.js";import{n as h}from"./describe-error-535769b5.js";import{n as g}from"./step-result-ba8db698.js";import{dirname as _,join as v}from"node:path";import{tmpdir as y}from"node:os";import{mkdir as b,mkdtemp as x,realpath as S,rm as C,writeFile as w}from"node:fs/promises";const T={"package.json":`{
  "name": "tidy-csv",
  "version": "1.2.0",
  "description": "Reads and writes small CSV files",
  "type": "module",
  "exports": "./src/index.js",
  "scripts": {
    "test": "node --test",
    "coverage": "node --test --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=lcov.info"
  }
}
`,".gitignore":`node_modules/
lcov.info
`,"README.md":`# tidy-csv

Reads and writes small CSV files, without dependencies.

\`\`\`js
import { parseCsv, formatCsv } from 'tidy-csv';

parseCsv('name,age\\nAda,36'); // [['name', 'age'], ['Ada', '36']]
formatCsv([['name', 'age'], ['Ada', '36']]); // 'name,age\\nAda,36\\n'
\`\`\`
`,"src/index.js":`export { formatCsv } from './format.js';
export { parseCsv } from './parse.js';
`,"src/parse.js":`/** Parses CSV text into rows of fields. A field in double quotes loses its quotes. */
export function parseCsv(text) {
  const lines = text.split(/\\r?\\n/).filter((line) => line !== '');
  return lines.map((line) => line.split(',').map(unquote));
}

function unquote(field) {
  const quoted = /^"(.*)"$/.exec(field);
  return quoted ? quoted[1] : field;
}
`,"src/format.js":`/** Writes rows as CSV text. Fields that need it are put in double quotes. */
export function formatCsv(rows) {
  return rows.map((row) => \`\${row.map(quote).join(',')}\\n\`).join('');
}

function quote(field) {
  const text = String(field);
  return /[",\\r\\n]/.test(text) ? \`"\${text.replaceAll('"', '""')}"\` : text;
}
`,"test/parse.test.js":`import assert from 'node:assert/strict';
import test from 'node:test';
import { parseCsv } from '../src/index.js';

test('splits lines into fields', () => {
  assert.deepEqual(parseCsv('name,age\\nAda,36\\n'), [['name', 'age'], ['Ada', '36']]);
});

test('takes the quotes off a quoted field', () => {
  assert.deepEqual(parseCsv('"Ada",36'), [['Ada', '36']]);
});

test('accepts Windows line ends', () => {
  assert.deepEqual(parseCsv('a,b\\r\\nc,d\\r\\n'), [['a', 'b'], ['c', 'd']]);
});
`,"test/format.test.js":`import assert from 'node:assert/strict';
import test from 'node:test';
import { formatCsv } from '../src/index.js';

test('writes one line a row', () => {
  assert.equal(formatCsv([['name', 'age'], ['Ada', 36]]), 'name,age\\nAda,36\\n');
});

test('quotes fields with commas and doubles quotes inside', () => {
  assert.equal(formatCsv([['Lovelace, Ada', 'said "hi"']]), '"Lovelace, Ada","said ""hi"""\\n');
});
`,".tamma/config.yml":`version: 1
mode: dev
# The demo has nobody to ask: changes of low risk are merged when every gate has passed.
approval: { design: auto, merge: auto }
`,".tamma/issues/1.md":`---
title: A quoted field with a comma is split in two
labels: [tamma, bug]
state: open
priority: 1
createdAt: 2026-11-02T09:14:00.000Z
---
\`formatCsv\` quotes a field that holds a comma, but \`parseCsv\` does not understand it on the way back:

\`\`\`js
parseCsv('"Lovelace, Ada",36'); // [['"Lovelace', ' Ada"', '36']]
\`\`\`

Expected \`[['Lovelace, Ada', '36']]\`. The same goes for doubled quotes inside a field: \`"said ""hi"""\` should
come back as \`said "hi"\`. Whatever \`formatCsv\` writes, \`parseCsv\` should read back.
`,".tamma/issues/2.md":`---
title: Write rows as a Markdown table
labels: [tamma, enhancement]
state: open
priority: 2
createdAt: 2026-11-03T16:40:00.000Z
---
For release notes we need a function \`toMarkdown(rows)\` next to \`formatCsv\`: the first row is the header, then a line of
dashes, then one line a row. A \`|\` inside a field must be escaped as \`\\|\`, and a line break in a field becomes a space.

\`\`\`
| name | age |
| --- | --- |
| Ada | 36 |
\`\`\`

No rows give an empty string.
`,".tamma/issues/3.md":`---
title: Make it handle bad files better
labels: [tamma, enhancement]
state: open
priority: 3
createdAt: 2026-11-04T11:05:00.000Z
---
Some of the files we get are broken and the result is not what people expect. Please make it more robust.
`},E={name:`Tamma demo`,email:`demo@tamma.invalid`};async function prepareSample(e){for(let[t,n]of Object.entries(T))await b(_(v(e,t)),{recursive:!0}),await w(v(e,t),n);let t={cwd:e};await d([`init`,`--quiet`,`--initial-branch=main`],t),await d([`config`,`user.name`,E.name],t),await d([`config`,`user.email`,E.email],t),await d([`add`,`--all`],t),await d([`commit`,`--quiet`,`--message`,`A small CSV library`],t)}const D={1:()=>import(`./1-a3e113cb.js`),2:()=>import(`./2-bb6f8350.js`),3:()=>import(`./3-72c71daa.js`)};function isDemoIssue(e){return Object.hasOwn(D,e)}async function readDemoSession(e){return JSON.stringify((await D[e]()).default)}const O=`TAMMA_AI_PROVIDER`;async function runDemo(e){let{issue:t,environment:n}=e;if(!isDemoIssue(t))throw new s(`USAGE`,`the demo has the issues 1, 2 and 3, not ${t}`);if(process.platform===`win32`)throw new s(`USAGE`,`the demo needs Linux or macOS`,{help:`On Windows run it inside WSL.`});let r=await S(await x(v(y(),`tamma-demo-`))),i=v(r,`tidy-csv`);try{return await prepareSample(i),await runOnSample({...e,issue:t,folder:r,directory:i})}finally{e.keep||await C(r,{recursive:!0,force:!0})}async function runOnSample(e){let{host:r,clock:i,signal:a,onStep:o}=e,s=n[O],c=v(e.folder,`session.json`);s||await w(c,await readDemoSession(e.issue));let l=await u({directory:e.directory,environment:n,host:r,clock:i,signal:a,sandbox:`best-effort`,remote:`none`,...s?{}:{recording:c}});try{return await describe$1(l,await m(l,{issue:t,ask:e.ask??answerForThePerson,...o?{onStep:o}:{}}),{...e,model:s??`recorded`})}finally{await l.close()}}}function answerForThePerson({wait:e,state:t}){if(e?.for===`answers`)return Promise.resolve({command:`answer`,argument:`q1=1 q2=1`});let n=t.requestedApproval,r=n?.reasons.every(e=>e===l);return Promise.resolve(n&&r?{command:`approve`,argument:n.digest}:null)}async function describe$1(e,t,n){let r=t.at(-1);if(!r)throw new s(`INTERRUPTED`,`the demo was stopped before its first step`);let{state:i}=r,a=await f(e.store,p(n.issue)),o=await e.store.verify(),l=await e.platform.issues.get(n.issue);return{status:r.status,issue:n.issue,title:l.title,branch:a.find(e=>c(e,`BRANCH.CREATED.SUCCESS`))?.data.branch,commits:a.flatMap(e=>c(e,`COMMIT.CREATED.SUCCESS`)?[{sha:e.data.sha,message:e.data.message}]:[]),mergeSha:i.mergeSha,steps:toSteps(i),costUsd:i.costUsd,position:o.head.position,logValid:o.ok,testsPass:i.mergeSha?await testsPassOnDefaultBranch(e,n.issue):null,issueState:l.state,model:n.model,sandbox:i.context?.sandbox??`not used`,directory:n.directory,kept:n.keep,error:r.error}}function toSteps(e){return t.map(t=>({step:t.id,...e.steps[t.id]})).filter(e=>e.runs>0).map(({step:e,status:t,durationMs:n,runs:r,summary:i})=>({step:e,status:t,durationMs:n,attempts:r,summary:i}))}async function testsPassOnDefaultBranch(e,t){let{head:n}=await e.platform.branches.getDefault(),{commands:r}=await e.commands(n),i=await e.workspace(t);return await i.reset(n),(await(await e.sandbox()).run({argv:o(r.test??`false`),directory:i.directory})).exitCode===0}function introduce(e){let t=`A sample project in a temporary folder: git, sandbox, tests, gates, log and merge are real`;return e?[`${t}, and so is the model: ${e}.`]:[`${t}; the model’s answers are played back.`,`${O}=anthropic and its key let a real model answer.`]}const demoCommand=async e=>{let{options:t,environment:n,clock:r,signal:i}=e,{issue:a=1,keep:o=!1}=t,s=await e.host();for(let e of introduce(n[O]))s.report({kind:`note`,level:`info`,text:e});let c=await runDemo({issue:a,keep:o,environment:n,clock:r,signal:i,host:s}),{error:l,...u}=c;return{exitCode:findExitCode(c),json:{...u,...l?h(l):{error:null}},text:describe(c,e)}};function findExitCode(e){return e.status===`done`?e.logValid?+!e.testsPass:4:g(e)||1}function describe(e,{palette:t,watched:o}){let{issue:s,title:c,status:l,commits:u,error:d}=e,f=e.steps.reduce((e,t)=>e+t.durationMs,0),mark=e=>e?t.green(`✓`):t.red(`✗`);return[...o?[``]:[...listSteps(e,t),``],`${t.bold(`#${s} ${a(c)}`)} ${l===`done`?t.green(`done`):t.red(l)}`,``,...u.map(({sha:e,message:r})=>`  ${t.yellow(n(e))} ${a(r,90)}`),``,`  ${mark(e.mergeSha!==null)} merged${e.mergeSha?` as ${n(e.mergeSha)}`:`: no`}, issue ${e.issueState}`,`  ${mark(e.testsPass)} the tests pass on the default branch`,`  ${mark(e.logValid)} the log verifies, ${e.position} events`,t.dim(`  model ${e.model} · sandbox ${e.sandbox} · ${i(f)} of work · ${r(e.costUsd)}`),...d?[``,`${t.red(`✗`)} ${a(d.message)}`,`${t.cyan(`→`)} ${d.help}`]:[],``,...listNext(e,t)].join(`
`)}function listSteps({steps:t},n){return t.map(({step:t,status:r,attempts:o,durationMs:s,summary:c})=>{let l=[...o>1?[`${o} attempts`]:[],i(s)].join(` · `),u=r===`completed`?n.green(`✓`):n.red(`✗`);return`  ${r===`skipped`?n.dim(`↷`):u} ${e(t).title.padEnd(22)} ${a(c,70)} ${n.dim(l)}`})}function listNext({kept:e,directory:t,issue:n},r){return e?[`${r.cyan(`→`)} cd ${t} && git log --oneline --all`,`${r.cyan(`→`)} tamma replay --issue ${n} --repo ${t}`]:[`${r.cyan(`→`)} tamma demo --issue ${n} --keep   leaves the project for you to look at`]}export{demoCommand};