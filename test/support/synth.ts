/** Synthesizes the app for template tests: once per configuration and test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { synthesize } from '../../lib/app.ts';

/** The smallest configuration that works. */
export const MINIMAL_CONFIG = {
  fleets: { kiosks: { startUrl: 'https://d-1234567890.awsapps.com/start', region: 'us-east-1' } },
};

const templates = new Map<string, Template>();

/** The template that `cdk deploy` would ship with this configuration. */
export function brokerTemplate(config: unknown = MINIMAL_CONFIG): Template {
  const key = JSON.stringify(config);
  const known = templates.get(key);
  if (known !== undefined) return known;
  const outdir = mkdtempSync(join(tmpdir(), 'broker-synth-'));
  try {
    const template = Template.fromJSON(synthesize({ config, outdir }).template as Record<string, unknown>);
    templates.set(key, template);
    return template;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** A resource as it stands in a template. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

/** All resources of a type, by logical id. */
export function resourcesOf(template: Template, type: string): Record<string, TemplateResource> {
  return template.findResources(type) as Record<string, TemplateResource>;
}

/** The one resource of a type. */
export function onlyResource(template: Template, type: string): TemplateResource {
  const resources = Object.values(resourcesOf(template, type));
  const [resource] = resources;
  if (resource === undefined || resources.length > 1) {
    throw new Error(`expected one ${type}, found ${resources.length}`);
  }
  return resource;
}

/** The resource of this logical name, which is its logical id without the CDK's hash. */
export function resourceNamed(template: Template, name: string): TemplateResource {
  const resources = template.toJSON().Resources as Record<string, TemplateResource>;
  const found = Object.entries(resources).filter(([id]) => withoutHash(id) === name);
  if (found[0] === undefined || found.length > 1) throw new Error(`expected one ${name}, found ${found.length}`);
  return found[0][1];
}

/**
 * A template value as readable text: references by logical id without the CDK's hash, pseudo parameters by their name.
 */
export function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? `{${Ref.slice(5)}}` : withoutHash(Ref);
  if (Array.isArray(attribute)) return `${withoutHash(attribute[0])}.${attribute[1]}`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(readable).join(join[0]);
  throw new Error(`cannot read ${JSON.stringify(value)}`);
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}
