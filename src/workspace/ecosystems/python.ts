import { type Detection, findFirst, type ProjectFiles, someFile } from './ecosystem.ts';

const MARKERS = [
  'pyproject.toml',
  'setup.py',
  'setup.cfg',
  'requirements.txt',
  'tox.ini',
  'pytest.ini',
  'Pipfile',
];
const SETTINGS = ['pyproject.toml', 'setup.cfg', 'tox.ini', 'Pipfile'];
const TEST_FILE = /(?:^|\/)(?:test[^/]*|[^/]+_test)\.py$/;

/** How dependencies are fetched and Python is then started. The project itself is not built: that would run its code with a network. */
type Tool = { name: string; install: string | undefined; python: string };

export async function detectPython(files: ProjectFiles): Promise<Detection | undefined> {
  if (!findFirst(files, MARKERS) && !someFile(files, TEST_FILE)) return undefined;
  const requirements = files.paths.filter((path) => /^requirements[\w.-]*\.txt$/.test(path)).sort();
  const sources = [...SETTINGS, ...requirements].filter((path) => files.has(path));
  const text = (await Promise.all(sources.map((path) => files.read(path)))).join('\n');
  const usesPytest = /\bpytest\b/.test(text) || someFile(files, /(?:^|\/)(?:pytest\.ini|conftest\.py)$/);
  const listed = (await Promise.all(requirements.map((path) => files.read(path)))).join('\n');
  const tool = chooseTool(files, { requirements, addPytest: usesPytest && !/^pytest\b/m.test(listed) });
  const python = someFile(files, /^src\/.+\.py$/) ? `env PYTHONPATH=src ${tool.python}` : tool.python;
  const runner = usesPytest ? 'pytest' : toUnittest(files);
  return {
    project: `Python with ${tool.name}`,
    commands: {
      install: tool.install,
      test: runner ? `${python} -m ${runner}` : undefined,
      lint: /\bruff\b/.test(text) || files.has('ruff.toml') ? `${tool.python} -m ruff check .` : undefined,
      coverage: toCoverage({ text, python, runner, usesPytest }),
    },
    coverageReports: ['coverage.xml'],
  };
}

function chooseTool(
  files: ProjectFiles,
  { requirements, addPytest }: { requirements: readonly string[]; addPytest: boolean },
): Tool {
  if (files.has('uv.lock')) {
    return {
      name: 'uv',
      install: 'uv sync --frozen --no-install-project',
      python: 'uv run --no-sync --offline python',
    };
  }
  if (files.has('poetry.lock')) {
    return {
      name: 'Poetry',
      install: 'poetry install --no-interaction --no-root',
      python: 'poetry run python',
    };
  }
  if (requirements.length === 0) return { name: 'pip', install: undefined, python: 'python3' };
  const wanted = [...requirements.map((path) => `-r ${path}`), ...(addPytest ? ['pytest'] : [])].join(' ');
  const install = `python3 -m venv .venv && .venv/bin/pip install --disable-pip-version-check --only-binary :all: ${wanted}`;
  return { name: 'pip', install, python: '.venv/bin/python' };
}

function toUnittest(files: ProjectFiles): string | undefined {
  if (!someFile(files, TEST_FILE)) return undefined;
  const folder = ['tests', 'test'].find((name) =>
    files.paths.some((path) => path.startsWith(`${name}/`) && TEST_FILE.test(path)),
  );
  return folder ? `unittest discover -s ${folder}` : 'unittest discover';
}

type CoverageFacts = { text: string; python: string; runner: string | undefined; usesPytest: boolean };

function toCoverage({ text, python, runner, usesPytest }: CoverageFacts): string | undefined {
  if (usesPytest && /\bpytest-cov\b/.test(text)) return `${python} -m pytest --cov --cov-report=xml`;
  const hasCoverage = /^\s*["']?coverage\b/m.test(text);
  return hasCoverage && runner
    ? `${python} -m coverage run -m ${runner} && ${python} -m coverage xml`
    : undefined;
}
