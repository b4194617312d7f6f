/** Stands in for KMS. */
import { makeFakeVault } from '../../support/fake-vault.ts';

/** Takes the place of the adapter to KMS. */
export function makeKmsVault() {
  return makeFakeVault();
}
