import { BaseResolver, createConfig, lintDocument, Source } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../lambda/http/openapi.ts';

/** What the linter says of a document, by its strictest recommendations. */
async function lint(document: object): Promise<string[]> {
  const source = new Source('openapi.json', JSON.stringify(document), 'application/json');
  const problems = await lintDocument({
    document: { source, parsed: JSON.parse(source.body) },
    externalRefResolver: new BaseResolver(),
    config: await createConfig({ extends: ['recommended-strict'], telemetry: 'off' }),
  });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`);
}

describe('the linter of OpenAPI documents', () => {
  it('finds nothing in the description of the ops API', async () => {
    expect(await lint(openApiDocument())).toEqual([]);
  });

  it('finds what is wrong with a document', async () => {
    const { paths, ...rest } = openApiDocument() as { paths: Record<string, object> };

    const found = await lint({ ...rest, paths: { ...paths, '/twice': paths['/summary'] } });

    expect(found).toEqual([expect.stringMatching(/^operation-operationId-unique/)]);
  });
});
