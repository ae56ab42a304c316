import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openLogSigning, signingSecrets } from '../../src/app/log-signing.ts';
import { configSchema } from '../../src/core/config/schema.ts';
import { toPublicKey } from '../../src/core/events/head-signature.ts';
import { createRedactor } from '../../src/core/text/redact.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const { publicKey } = toPublicKey(pem, 'KEY');
const head = { repository: 'log', position: 1, hash: 'a'.repeat(64) };

function configure(signing: { keyEnv?: string; publicKeys?: string[] }) {
  return configSchema.parse({ events: { signing } });
}

describe('signing the log, by configuration', () => {
  it('is off where nothing is said', () => {
    expect(openLogSigning(configure({}), { KEY: pem })).toEqual({});
    expect(signingSecrets(configure({}), { KEY: pem })).toEqual([]);
  });

  it('signs with the key that is there, and asks for signatures by those that are named', () => {
    const config = configure({ keyEnv: 'KEY', publicKeys: [publicKey] });
    const { sign, checkSignature } = openLogSigning(config, { KEY: pem });
    expect(sign && checkSignature?.(head, sign(head))).toBe('valid');
  });

  it('appends unsigned where the key is not at hand, and still asks for signatures', () => {
    const config = configure({ keyEnv: 'KEY', publicKeys: [publicKey] });
    expect(Object.keys(openLogSigning(config, {}))).toEqual(['checkSignature']);
  });

  it('never shows the key, however its lines are written', () => {
    const config = configure({ keyEnv: 'KEY' });
    for (const value of [pem, pem.replaceAll('\n', '\\n')]) {
      const secrets = signingSecrets(config, { KEY: value });
      expect(secrets).toHaveLength(1);
      const body = pem.split('\n')[1] ?? '';
      expect(createRedactor(secrets).redact(`it is ${body}.`)).not.toContain(body.slice(10, 40));
    }
  });
});
