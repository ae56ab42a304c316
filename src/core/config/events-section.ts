import { z } from 'zod';

const variable = z.string().regex(/^[A-Z_][A-Z0-9_]{0,99}$/, 'write the name of an environment variable');
const publicKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{40,200}={0,2}$/, 'write the SPKI form of the key in base64');

/** The section `events`: where the log lives, and what is kept beside it. */
export const events = z
  .strictObject({
    store: z
      .enum(['git', 'postgres'])
      .default('git')
      .describe('Where the log lives; postgres needs DATABASE_URL.'),
    transport: z
      .enum(['auto', 'wire', 'git', 'api'])
      .default('auto')
      .describe(
        'How the branch is reached: auto is wire (no process) for http and https, git for all else; api is the API of the platform, where git is closed.',
      ),
    signing: z
      .strictObject({
        keyEnv: variable
          .nullable()
          .default(null)
          .describe('Variable with an Ed25519 private key (PKCS #8, PEM) that signs the heads of the log.'),
        publicKeys: z
          .array(publicKey)
          .max(20)
          .default([])
          .describe('Ed25519 public keys (SPKI, base64) whose signatures `tamma events verify` asks for.'),
      })
      .prefault({})
      .describe('Signatures of the log.'),
    content: z
      .strictObject({
        keep: z
          .enum(['auto', 'none', 'directory', 'branch', 'table'])
          .default('auto')
          .describe(
            'Where prompts, answers, diffs and outputs are kept: auto is a table with PostgreSQL, else a directory (an artifact in CI).',
          ),
        retentionDays: z
          .int()
          .min(1)
          .max(3650)
          .default(90)
          .describe('Days after which kept content is deleted.'),
        keyEnv: variable
          .nullable()
          .default(null)
          .describe(
            'Variable with the keys that encrypt it (`id:base64`, newest first); null: not encrypted.',
          ),
      })
      .prefault({})
      .describe('Large content beside the log.'),
    archive: z
      .strictObject({
        afterMonths: z
          .int()
          .min(1)
          .max(120)
          .nullable()
          .default(null)
          .describe('`tamma events compact` archives months older than this.'),
      })
      .prefault({})
      .describe('Old months of the log.'),
  })
  .prefault({})
  .describe('The event log.');
