import { generateKeyPairSync } from 'node:crypto';

/** A key pair as GitHub makes them for apps: PKCS#1 and PKCS#8 both occur. */
export const appKeys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
