import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type DocumentNode,
  defaultFieldResolver,
  type GraphQLError,
  type GraphQLSchema,
  graphql,
  Kind,
  parse,
} from 'graphql';
import { type Answer, Refusal } from '../answers.ts';
import type { Json } from '../state.ts';
import type { GraphqlContext } from './context.ts';
import { GraphqlFailure } from './failure.ts';
import { mutations } from './mutations.ts';
import { queries } from './queries.ts';

type Asked = { query?: string; variables?: Json };

/** Top-level fields of what is asked, and whether it writes; nothing where it is no GraphQL. */
export function readOperations(body: unknown): { operations: string[]; isWrite: boolean } {
  const found = findOperation(body);
  if (!found) return { operations: [], isWrite: false };
  const operations = found.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? [selection.name.value] : [],
  );
  return { operations, isWrite: found.operation === 'mutation' };
}

function findOperation(body: unknown) {
  let document: DocumentNode;
  try {
    document = parse((body as Asked | undefined)?.query ?? '');
  } catch {
    return undefined;
  }
  return document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
}

let schema: GraphQLSchema | undefined;

/** GitHub's own schema, built when first asked (about a quarter of a second). */
function getSchema(): GraphQLSchema {
  const file = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
  schema ??= buildSchema(readFileSync(file, 'utf8'), { assumeValidSDL: true, assumeValid: true });
  return schema;
}

/** Executes against the official schema: arguments are checked by it, and what is asked must be resolved here. */
export async function answerGraphql(context: GraphqlContext, body: unknown): Promise<Answer> {
  const { query, variables } = (body ?? {}) as Asked;
  if (typeof query !== 'string')
    throw new Refusal(400, 'A query attribute must be specified and must be a string.');
  const result = await graphql({
    schema: getSchema(),
    source: query,
    variableValues: variables ?? {},
    contextValue: context,
    rootValue: { ...queries, ...mutations },
    fieldResolver(source: unknown, args, ctx: GraphqlContext, info) {
      if (source !== null && typeof source === 'object' && !(info.fieldName in source)) {
        ctx.miss(`${info.parentType.name}.${info.fieldName}`);
      }
      return defaultFieldResolver(source, args, ctx, info) as unknown;
    },
  });
  const errors = result.errors?.map(toGitHubError);
  return {
    status: 200,
    body: { ...(result.data === undefined ? {} : { data: result.data }), ...(errors ? { errors } : {}) },
  };
}

/** GitHub puts the type beside the message, not among the extensions. */
function toGitHubError(error: GraphQLError): Json {
  const cause = error.originalError;
  const type =
    cause instanceof GraphqlFailure ? cause.type : cause instanceof Refusal ? toType(cause) : undefined;
  return {
    ...(type === undefined ? {} : { type }),
    ...(error.path ? { path: error.path } : {}),
    locations: error.locations,
    message: error.message,
  };
}

function toType({ status }: Refusal): string {
  return ({ 403: 'FORBIDDEN', 404: 'NOT_FOUND' } as Record<number, string>)[status] ?? 'UNPROCESSABLE';
}
