import { STATUS_PAGES } from '@sophia/core/gate/provider-status';

const { pulumi: PAGE } = STATUS_PAGES;

/** @returns where trouble of a backend is told, by its host (with or without a port): only Pulumi Cloud has a page. */
export function whoTells(host: string): string {
  const isPulumiCloud = PAGE?.apiHost.test(host.replace(/:\d+$/, '')) === true;
  return isPulumiCloud
    ? `${PAGE.url} tells whether Pulumi Cloud has trouble`
    : `${host} is not Pulumi Cloud's own address: whoever runs it can tell what is wrong, or correct \`cloud-url\``;
}
