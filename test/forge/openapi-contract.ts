import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { findRoute, type OperationRoute, toRoutes } from './openapi-routes.ts';
import { SCHEMAS, toJsonSchema } from './openapi-schema.ts';

export type Exchange = {
  method: string;
  /** As in the description: without the server's base and without the query. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  status?: number;
  answer?: unknown;
};

export type Contract = {
  /** What contradicts the description; empty where all is well. Unknown keys of query and body are told too. */
  check(exchange: Exchange): string[];
  /** The same for the payload of a webhook; nothing where the description does not know the event. */
  checkWebhook(event: string, action: string | undefined, payload: unknown): string[];
};

export type Schema = { $ref?: string; properties?: Record<string, Schema>; type?: string };
type Content = { content?: Record<string, { schema?: Schema }>; required?: boolean };
export type Parameter = { $ref?: string; name: string; in: string; required?: boolean; schema?: Schema };
export type Operation = {
  parameters?: Parameter[];
  requestBody?: Content & { $ref?: string };
  responses: Record<string, Content & { $ref?: string }>;
};
export type Description = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
  'x-webhooks'?: Record<string, { post: Operation }>;
};

type Validate = (key: string, schema: Schema, value: unknown) => ErrorObject[];
type Resolve = <T extends { $ref?: string }>(node: T) => T;
type Checker = { validate: Validate; resolve: Resolve };

const REFERENCE = new RegExp(`"\\$ref":"${SCHEMAS}([^"]+)"`, 'g');

/** Holds requests and answers against an OpenAPI 3.0 description (.json or .json.gz). JSON bodies only, no headers. */
export function loadContract(file: string): Contract {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const description = JSON.parse(text) as Description;
  const ajv = createAjv();
  const resolve: Resolve = (node) =>
    node.$ref ? resolve(point(description, node.$ref) as typeof node) : node;
  const checker = { resolve, validate: createValidate(ajv, description.components.schemas) };
  const routes = toRoutes(description.paths, resolve);
  return {
    check(exchange) {
      const route = findRoute(routes, exchange.method, exchange.path);
      if (!route) return [`no operation ${exchange.method} ${exchange.path}`];
      return [
        ...checkParameters(checker, route, exchange),
        ...checkBody(checker, route, exchange.body),
        ...checkAnswer(checker, route, exchange),
      ];
    },
    checkWebhook(event, action, payload) {
      const name = [event, action].filter(Boolean).join('-').replaceAll('_', '-');
      const schema = jsonSchemaOf(description['x-webhooks']?.[name]?.post.requestBody);
      return schema ? describe('payload', checker.validate(`webhook ${name}`, schema, payload)) : [];
    },
  };
}

/** Most of the time goes into compiling: nothing is inlined, so that what many refer to is compiled once. */
function createAjv(): Ajv {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    logger: false,
    validateSchema: false,
    inlineRefs: false,
    code: { optimize: false },
  });
  addFormats.default(ajv);
  // GitHub's own bots have addresses the format forbids: 41898282+github-actions[bot]@users.noreply.github.com
  ajv.addFormat('email', true);
  // … and answers '' for links nobody has set, which is also the default its description names.
  ajv.addFormat('uri', /^$|^[a-z][a-z0-9+.-]*:[^\s{}<>]+$/i);
  return ajv;
}

function createValidate(ajv: Ajv, schemas: Readonly<Record<string, Schema>>): Validate {
  const compiled = new Map<string, ValidateFunction>();
  const known = new Set<string>();
  /** The schema with every component it refers to made known. */
  const prepare = (schema: Schema): object => {
    const converted = toJsonSchema(schema);
    for (const [, name = ''] of JSON.stringify(converted).matchAll(REFERENCE)) {
      if (known.has(name)) continue;
      known.add(name);
      ajv.addSchema({ $id: `${SCHEMAS}${name}`, ...prepare(schemas[name] ?? {}) });
    }
    return converted;
  };
  return (key, schema, value) => {
    const validator = compiled.get(key) ?? ajv.compile(prepare(schema));
    compiled.set(key, validator);
    return validator(value) ? [] : (validator.errors ?? []);
  };
}

function checkParameters({ validate }: Checker, route: OperationRoute, exchange: Exchange): string[] {
  const problems: string[] = [];
  const query = exchange.query ?? {};
  const values = (route.pattern.exec(exchange.path) ?? []).slice(1).map(decodeURIComponent);
  for (const parameter of route.parameters.filter(({ in: place }) => place === 'path' || place === 'query')) {
    const raw = parameter.in === 'path' ? values[route.names.indexOf(parameter.name)] : query[parameter.name];
    if (raw === undefined) {
      if (parameter.in === 'query' && parameter.required) problems.push(`query ${parameter.name} missing`);
      continue;
    }
    const schema = parameter.schema ?? {};
    const errors = validate(
      `${route.key} ${parameter.in} ${parameter.name}`,
      schema,
      fromText(raw, schema.type),
    );
    problems.push(...describe(`${parameter.in} ${parameter.name}`, errors));
  }
  const known = new Set(route.parameters.filter((entry) => entry.in === 'query').map(({ name }) => name));
  const unknown = Object.keys(query).filter((name) => !known.has(name));
  return [...problems, ...unknown.map((name) => `query ${name} is not in the contract`)];
}

function checkBody({ resolve, validate }: Checker, route: OperationRoute, body: unknown): string[] {
  const declared = route.operation.requestBody && resolve(route.operation.requestBody);
  const schema = jsonSchemaOf(declared);
  if (body === undefined) return declared?.required ? ['required body missing'] : [];
  if (!schema) return ['body sent but the contract has none'];
  const problems = describe('request', validate(`${route.key} request`, schema, body));
  const { properties } = resolve(schema);
  if (!properties || body === null || typeof body !== 'object') return problems;
  const unknown = Object.keys(body).filter((name) => !(name in properties));
  return [...problems, ...unknown.map((name) => `request /${name} is not in the contract`)];
}

/** A refusal the description does not list is fine where it has GitHub's general form. */
function checkAnswer(
  { resolve, validate }: Checker,
  route: OperationRoute,
  { status, answer }: Exchange,
): string[] {
  if (status === undefined) return [];
  const { responses } = route.operation;
  const declared = responses[String(status)] ?? responses.default;
  if (!declared) {
    const isRefusal = status >= 400 && typeof (answer as { message?: unknown })?.message === 'string';
    return isRefusal ? [] : [`status ${status} is not in the contract (${Object.keys(responses)})`];
  }
  const schema = jsonSchemaOf(resolve(declared));
  if (!schema || answer === undefined) return [];
  return describe('answer', validate(`${route.key} answer ${status}`, schema, answer));
}

function point(description: Description, ref: string): unknown {
  const keys = ref.slice('#/'.length).split('/');
  return keys.reduce<unknown>(
    (node, key) => (node as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')],
    description,
  );
}

function jsonSchemaOf(declared: Content | undefined): Schema | undefined {
  return declared?.content?.['application/json']?.schema;
}

function fromText(raw: string, type: string | undefined): unknown {
  if (type === 'integer' || type === 'number') return /^-?\d+$/.test(raw) ? Number(raw) : raw;
  if (type === 'boolean') return raw === 'true' ? true : raw === 'false' ? false : raw;
  return type === 'array' ? raw.split(',') : raw;
}

function describe(side: string, errors: readonly ErrorObject[]): string[] {
  return errors.slice(0, 12).map((error) => `${side} ${error.instancePath || '/'} ${error.message}`);
}
