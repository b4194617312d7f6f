import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTable } from '../../local/aws/table.ts';
import { readTemplate, type TableDefinition } from '../../local/template.ts';
import { SMALL_TEMPLATE } from './small-template.ts';

const { table: definition } = readTemplate(SMALL_TEMPLATE, () => '/assets');
const newFolder = (): string => join(mkdtempSync(join(tmpdir(), 'table-')), 'table');

describe('the table on disk', () => {
  it('holds its items across restarts', async () => {
    const folder = newFolder();
    const first = await openTable(definition, folder);
    await first.call('PutItem', JSON.stringify({ TableName: definition.name, Item: { pk: { S: 'a' } } }));
    await first.close();
    const second = await openTable(definition, folder);
    const { body } = await second.call(
      'GetItem',
      JSON.stringify({ TableName: definition.name, Key: { pk: { S: 'a' } } }),
    );
    await second.close();

    expect(JSON.parse(body)).toMatchObject({ Item: { pk: { S: 'a' } } });
  });

  it('is refused when it has another index than the template', async () => {
    const folder = newFolder();
    await (await openTable(definition, folder)).close();
    const other: TableDefinition = {
      ...definition,
      indexes: definition.indexes.map((index) => ({ ...index, Projection: { ProjectionType: 'ALL' } })),
    };

    await expect(openTable(other, folder)).rejects.toThrow(
      `The table in ${folder} was made by another version of the broker: delete the folder to start afresh.`,
    );
  });
});
