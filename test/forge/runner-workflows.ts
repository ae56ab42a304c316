const on = (name: string, jobs: string, more = '') =>
  `name: ${name}\non: { workflow_dispatch: { inputs: { word: { default: none } } } }\npermissions: {}\n${more}jobs:\n${jobs}`;
const job = (key: string, lines: string) =>
  `  ${key}:\n    runs-on: ubuntu-latest\n${lines.replaceAll(/^/gm, '    ')}\n`;
const say = (text: string) => `steps: [{ run: 'echo ${text}' }]`;

export const CANCELS_ITSELF = `
const { GITHUB_API_URL: url, GITHUB_REPOSITORY: name, GITHUB_RUN_ID: id, TOKEN } = process.env;
process.on('SIGINT', () => { console.log('saved'); process.exit(0); });
setTimeout(() => {}, 60000);
fetch(url + '/repos/' + name + '/actions/runs/' + id + '/cancel', { method: 'POST', headers: { authorization: 'Bearer ' + TOKEN } });
`;

export const FILES = {
  'needs.yml': on(
    'Needs',
    job('bad', `${say('one')}\ncontinue-on-error: true`).replace('echo one', 'exit 1') +
      job(
        'worse',
        "steps: [{ run: 'exit 1', id: x, continue-on-error: true }, { run: 'echo ${{ steps.x.outcome }} ${{ steps.x.conclusion }}' }, { run: 'exit 2' }, { if: always(), run: echo cleaned }]",
      ) +
      job('left', `needs: bad\n${say('left')}`) +
      job('stopped', `needs: worse\n${say('stopped')}`) +
      job('anyway', `needs: stopped\nif: always()\n${say('anyway')}`) +
      job('after', `needs: anyway\n${say('after')}`) +
      job('helped', `needs: worse\nif: failure()\n${say('helped')}`) +
      job('tried', `needs: worse\nif: "!cancelled() && needs.worse.result == 'failure'"\n${say('tried')}`),
  ),
  'matrix.yml': on(
    'Matrix',
    job(
      'plan',
      `outputs: { list: '\${{ steps.p.outputs.list }}' }\nsteps: [{ id: p, run: "echo 'list=[1,2]' >> $GITHUB_OUTPUT" }]`,
    ) +
      job(
        'each',
        `needs: plan\nstrategy: { fail-fast: false, matrix: { n: '\${{ fromJSON(needs.plan.outputs.list) }}' } }\nsteps: [{ run: 'test \${{ matrix.n }} = 2' }]`,
      ),
  ),
  'one-at-a-time.yml': on(
    'One at a time',
    job(
      'work',
      "concurrency: { group: only, queue: max }\nsteps: [{ run: 'echo begin ${{ inputs.word }} >> $SHARED; echo end ${{ inputs.word }} >> $SHARED' }]",
    ),
  ),
  'slow.yml': on(
    'Slow',
    job(
      'work',
      "timeout-minutes: 1\nsteps: [{ run: 'exec sleep 60' }, { run: echo never }, { if: always(), run: 'echo ${{ job.status }}' }]",
    ),
  ),
  'slow-step.yml': on('Slow step', job('work', "steps: [{ run: 'exec sleep 60', timeout-minutes: 1 }]")),
  'cancels.yml': on(
    'Cancels',
    job(
      'work',
      'permissions: { actions: write }\nenv: { TOKEN: \'${{ github.token }}\' }\nsteps: [{ run: exec node -e "$SCRIPT" }, { if: cancelled(), run: echo tidy }]',
    ) +
      job('last', `needs: work\nif: always()\n${say('last')}`) +
      job('not', `needs: work\nif: "!cancelled()"\n${say('not')}`),
  ),
  'deploy.yml': on(
    'Deploy',
    job(
      'deploy',
      "environment: { name: production }\nsteps: [{ run: 'test ${{ secrets.DEPLOY_KEY }} = abc && echo ${{ vars.REGION }}' }]",
    ) + job('preview', `environment: preview\n${say('preview')}`),
  ),
  'called.yml': `name: Called
on:
  workflow_call:
    inputs: { word: { type: string, required: true } }
    secrets: { KEY: { required: false } }
    outputs: { said: { value: '\${{ jobs.say.outputs.said }}' } }
permissions: {}
jobs:
${job('say', "permissions: { issues: write }\noutputs: { said: '${{ steps.s.outputs.said }}' }\nsteps: [{ id: s, run: 'echo \"said=${{ inputs.word }} ${{ secrets.KEY }} ${{ secrets.OTHER }}\" >> $GITHUB_OUTPUT' }]")}`,
  'calls.yml': on(
    'Calls',
    `  named:
    uses: ./.github/workflows/called.yml
    permissions: { issues: write }
    with: { word: hello }
    secrets: { KEY: '\${{ secrets.SHARED_KEY }}' }
  inherited:
    uses: ./.github/workflows/called.yml
    permissions: { issues: write, contents: read }
    with: { word: hi }
    secrets: inherit
${job('last', "needs: [named, inherited]\nsteps: [{ run: 'echo ${{ needs.named.outputs.said }} ${{ needs.inherited.outputs.said }}' }]")}`,
  ),
  'calls-too-much.yml': on(
    'Too much',
    '  one: { uses: ./.github/workflows/called.yml, with: { word: x } }\n',
  ),
  'calls-wrongly.yml': on(
    'Wrongly',
    '  one: { uses: ./.github/workflows/called.yml, permissions: { issues: write }, secrets: { NO: x }, with: { word: x } }\n',
  ),
  'identity.yml': on(
    'Identity',
    job(
      'ask',
      'permissions: { id-token: write }\nenvironment: { name: cloud }\nsteps: [{ run: \'node -e "$ASK"\' }]',
    ) + job('none', 'steps: [{ run: \'test -z "$ACTIONS_ID_TOKEN_REQUEST_URL"\' }]'),
  ),
  'files.yml': on(
    'Files',
    job(
      'make',
      'steps: [{ run: \'mkdir -p out/deep .hidden; echo a > out/a.txt; echo b > out/deep/b.txt; echo c > .hidden/c\' }, { uses: actions/upload-artifact@v7, with: { name: all, path: "out\\n.hidden" } }, { uses: actions/upload-artifact@v7, with: { name: one, path: out/a.txt } }]',
    ) +
      job(
        'use',
        'needs: make\nsteps: [{ uses: actions/download-artifact@v8, with: { path: got } }, { run: \'cd got && find . -type f | sort | tr "\\n" " "\' }, { uses: actions/download-artifact@v8, with: { name: none } }]',
      ),
  ),
  'chain.yml': `name: Chain\non: { workflow_dispatch: {}, check_suite: {}, check_run: {}, workflow_run: { workflows: [Chain], types: completed } }\npermissions: {}\njobs:\n${job('link', say('link'))}`,
  'pulls.yml': `name: Pulls\non: pull_request\npermissions: {}\njobs:\n${job('ci', say('ci'))}`,
};

export const ASK = `
fetch(process.env.ACTIONS_ID_TOKEN_REQUEST_URL + '&audience=model', { headers: { authorization: 'Bearer ' + process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN } })
  .then((answer) => answer.json()).then(({ value }) => console.log(Buffer.from(value).toString('hex')));
`;
