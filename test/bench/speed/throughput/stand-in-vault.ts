/** Stands in for KMS. */
import { makeFakeVault } from '../../../support/fake-vault.ts';

export function makeKmsVault() {
  return makeFakeVault();
}
