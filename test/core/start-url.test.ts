import { describe, expect, it } from 'vitest';
import { normaliseStartUrl } from '../../lambda/core/start-url.ts';

const MEANT = 'https://d-1234567890.awsapps.com/start';

describe('a start URL as people mean it', () => {
  it.each([
    'https://d-1234567890.awsapps.com/start',
    'https://d-1234567890.awsapps.com/start/',
    'https://d-1234567890.awsapps.com/start//',
    'https://d-1234567890.awsapps.com/start#/',
    'https://d-1234567890.awsapps.com/start/#/',
    'https://d-1234567890.awsapps.com/start/#/device?user_code=ABCD-EFGH',
    'https://D-1234567890.AWSApps.com/start',
    'HTTPS://d-1234567890.awsapps.com/start',
    'https://d-1234567890.awsapps.com:443/start',
    ' https://d-1234567890.awsapps.com/start ',
  ])('%s is the configured one', (pasted) => {
    expect(normaliseStartUrl(pasted)).toBe(MEANT);
  });

  it.each([
    'https://d-0987654321.awsapps.com/start',
    'https://d-1234567890.awsapps.com/Start',
    'https://d-1234567890.awsapps.com/start/beta',
    'https://d-1234567890.awsapps.com/',
    'https://d-1234567890.awsapps.com.evil.example/start',
    'https://d-1234567890.awsapps.com@evil.example/start',
    'https://d-1234567890.awsapps.com:8443/start',
    'http://d-1234567890.awsapps.com/start',
    'd-1234567890.awsapps.com/start',
    'kiosks',
    '',
  ])('%s is another one', (pasted) => {
    expect(normaliseStartUrl(pasted)).not.toBe(MEANT);
  });

  it('text that is no URL is left as it is', () => {
    expect(normaliseStartUrl('kiosks')).toBe('kiosks');
  });
});
