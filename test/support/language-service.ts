import { registerHooks } from 'node:module';
import { TextDocument } from 'vscode-languageserver-textdocument';

// GitHub's service imports JSON as bundlers allow it; Node wants to be told.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url.endsWith('.json') ? { ...resolved, importAttributes: { type: 'json' } } : resolved;
  },
});

/** The service remembers files by their address. */
let count = 0;

/** What GitHub's own language service finds in a workflow or `action.yml`: `line: message`. What it is, its path tells. */
export async function validateFile(path: string, text: string): Promise<string[]> {
  const { validate } = await import('@actions/languageservice/validate');
  count += 1;
  const document = TextDocument.create(`file:///${count}/${path}`, 'yaml', 0, text);
  const found = await validate(document, {});
  return found.map(({ range, message }) => `${range.start.line + 1}: ${message}`);
}
