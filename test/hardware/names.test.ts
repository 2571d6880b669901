import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { findGpu, gpuOfId, type GpuMatch } from '../../src/hardware/lookup.ts';

const hardware = loadHardware();

function matchOf(name: string): GpuMatch {
  const match = findGpu(name, hardware);
  if (!('gpu' in match)) throw new Error(`${name} is not known; near: ${match.suggestions.join(', ')}`);
  return match;
}

/** How configs of each platform write a GPU, by the platform's documents, and the row that it means. */
const PLATFORMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'GKE, cloud.google.com/gke-accelerator': {
    'nvidia-tesla-p4': 'p4-8gb',
    'nvidia-tesla-p100': 'p100-16gb',
    'nvidia-tesla-t4': 't4-16gb',
    'nvidia-tesla-v100': 'v100-16gb',
    'nvidia-l4': 'l4-24gb',
    'nvidia-tesla-a100': 'a100-40gb-sxm',
    'nvidia-a100-80gb': 'a100-80gb-sxm',
    'nvidia-h100-80gb': 'h100-80gb-sxm',
    'nvidia-h100-mega-80gb': 'h100-80gb-sxm',
    'nvidia-h200-141gb': 'h200-141gb-sxm',
    'nvidia-b200': 'b200-180gb',
    'nvidia-gb200': 'gb200-186gb',
    'nvidia-gb300': 'gb300-279gb',
    'nvidia-rtx-pro-6000': 'rtx-pro-6000-blackwell',
    'nvidia-tesla-a100 1g.5gb': 'a100-40gb-sxm-mig-1g.5gb',
  },
  'GPU Feature Discovery, nvidia.com/gpu.product': {
    'Tesla-T4': 't4-16gb',
    'Tesla-T4-SHARED': 't4-16gb',
    'nvidia.com/mig-1g.5gb.shared': 'a100-40gb-sxm-mig-1g.5gb',
    'Tesla-V100-SXM3-32GB': 'v100-32gb',
    'Quadro-RTX-8000': 'quadro-rtx-8000',
    'NVIDIA-GeForce-RTX-4090': 'rtx-4090',
    'NVIDIA-A10-SHARED': 'a10-24gb',
    'NVIDIA-A100-SXM4-40GB-MIG-1g.5gb-SHARED': 'a100-40gb-sxm-mig-1g.5gb',
    'NVIDIA-A100-80GB-PCIe': 'a100-80gb-pcie',
    'NVIDIA-A100-80GB-PCIe-MIG-3g.40gb': 'a100-80gb-sxm-mig-3g.40gb',
    'NVIDIA-A100-PCIE-40GB-MIG-2g.10gb': 'a100-40gb-sxm-mig-2g.10gb',
    'NVIDIA-H100-NVL-MIG-1g.12gb': 'h100-94gb-nvl-mig-1g.12gb',
    'NVIDIA-H100-PCIe-MIG-1g.10gb': 'h100-80gb-sxm-mig-1g.10gb',
    'NVIDIA-H200-NVL-MIG-2g.35gb': 'h200-141gb-sxm-mig-2g.35gb',
    'NVIDIA-GH200-480GB': 'gh200-96gb',
    'NVIDIA-GH200-480GB-MIG-3g.48gb': 'gh200-96gb-mig-3g.48gb',
    'NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition-MIG-2g.48gb': 'rtx-pro-6000-blackwell-mig-2g.48gb',
    'NVIDIA-L40S-48C': 'l40s-48gb-48c',
  },
  'AMD GPU node labels': {
    AMD_Instinct_MI300X_OAM: 'mi300x-192gb',
    'AMD-Instinct-MI325X-OAM': 'mi325x-256gb',
    AMD_Instinct_MI210: 'mi210-64gb',
    '74a1': 'mi300x-192gb',
    '740f': 'mi210-64gb',
  },
  'Karpenter and EKS Auto Mode, instance-gpu-name': {
    t4: 't4-16gb',
    t4g: 't4g-16gb',
    a10g: 'a10g-24gb',
    l4: 'l4-24gb',
    l40s: 'l40s-48gb',
    v100: 'v100-16gb',
    h100: 'h100-80gb-sxm',
    h200: 'h200-141gb-sxm',
    b200: 'b200-180gb',
    'rtx-pro-server-6000': 'rtx-pro-6000-blackwell',
  },
  'CoreWeave, gpu.nvidia.com/class and model': {
    H100_NVLINK_80GB: 'h100-80gb-sxm',
    A100_NVLINK_80GB: 'a100-80gb-sxm',
    A100_PCIE_80GB: 'a100-80gb-pcie',
    A100_PCIE_40GB: 'a100-40gb-pcie',
    RTX_A6000: 'rtx-a6000',
    Quadro_RTX_4000: 'quadro-rtx-4000',
    Quadro_RTX_5000: 'quadro-rtx-5000',
    L40S: 'l40s-48gb',
  },
  'SkyPilot accelerators': {
    'A100-80GB': 'a100-80gb-sxm',
    'H100-MEGA': 'h100-80gb-sxm',
    'H200-SXM': 'h200-141gb-sxm',
    'RTX6000-Ada': 'rtx-6000-ada',
    'RTXPRO6000-SERVER': 'rtx-pro-6000-blackwell',
    RTX4090: 'rtx-4090',
    T4g: 't4g-16gb',
    'V100-32GB': 'v100-32gb',
    P4: 'p4-8gb',
  },
  Modal: {
    'H100!': 'h100-80gb-sxm',
    'B200+': 'b200-180gb',
    'A100-40GB': 'a100-40gb-sxm',
    'RTX-PRO-6000': 'rtx-pro-6000-blackwell',
  },
  'RunPod GPU ids': {
    'NVIDIA RTX A2000': 'rtx-a2000-6gb',
    'NVIDIA RTX A4500': 'rtx-a4500',
    'NVIDIA RTX 2000 Ada Generation': 'rtx-2000-ada',
    'NVIDIA RTX 4000 SFF Ada Generation': 'rtx-4000-ada',
    'NVIDIA GeForce RTX 3080 Ti': 'rtx-3080-ti',
    'NVIDIA GeForce RTX 4070 Ti': 'rtx-4070-ti',
    'Tesla V100-FHHL-16GB': 'v100-16gb',
    'AMD Instinct MI300X OAM': 'mi300x-192gb',
    ADA_80_PRO: 'h100-80gb-sxm',
  },
  Vast: {
    'RTX 3090': 'rtx-3090',
    'RTX 6000Ada': 'rtx-6000-ada',
    'Q RTX 8000': 'quadro-rtx-8000',
    'RTX 4070S Ti': 'rtx-4070-ti-super',
    'RTX PRO 6000 WS': 'rtx-pro-6000-blackwell',
    A100X: 'a100x-80gb',
    'H100 NVL': 'h100-94gb-nvl',
    'Titan RTX': 'titan-rtx',
  },
  'Nomad devices': { 'nvidia/gpu/Tesla T4': 't4-16gb', 'nvidia/gpu/1080ti': 'gtx-1080-ti' },
  'Slurm generic resources': {
    'nvidia_a100-sxm4-80gb': 'a100-80gb-sxm',
    nvidia_h100_80gb_hbm3: 'h100-80gb-sxm',
    'a100_3g.20gb': 'a100-40gb-sxm-mig-3g.20gb',
    quadro_rtx_6000: 'quadro-rtx-6000',
    rtx_a6000: 'rtx-a6000',
    a100l: 'a100-80gb-sxm',
  },
  'what people write': {
    'A100 80GB SXM4': 'a100-80gb-sxm',
    'H200 SXM5': 'h200-141gb-sxm',
    'DGX H100': 'h100-80gb-sxm',
    'GB200 NVL72': 'gb200-186gb',
    'RTX PRO 6000 Blackwell Max-Q': 'rtx-pro-6000-blackwell',
    '7900 XTX': 'rx-7900-xtx',
    R9700: 'radeon-ai-pro-r9700',
    'Arc B580': 'arc-b580-12gb',
    'DGX Spark': 'gb10-128gb',
  },
  'Baseten, Cerebrium': {
    H100MIG: 'h100-80gb-sxm-mig-3g.40gb',
    AMPERE_A100_80GB: 'a100-80gb-sxm',
    TURING_T4: 't4-16gb',
    ADA_L40: 'l40-48gb',
  },
};

describe.each(Object.entries(PLATFORMS))('%s', (_platform, names) => {
  it.each(Object.entries(names))('%s', (name, id) => expect(matchOf(name).gpu.id).toBe(id));
});

describe('a name that leaves the card open', () => {
  it.each([
    ['RTX 4060 Ti', 'rtx-4060-ti-8gb', ['rtx-4060-ti-16gb']],
    ['RTX 5060 Ti', 'rtx-5060-ti-8gb', ['rtx-5060-ti-16gb']],
    ['NVIDIA GeForce RTX 3080', 'rtx-3080-10gb', ['rtx-3080-12gb']],
    ['RTX6000', 'quadro-rtx-6000', ['rtx-6000-ada']],
    ['A100 PCIE', 'a100-40gb-pcie', ['a100-80gb-pcie']],
    ['AMPERE_24', 'l4-24gb', ['rtx-a5000', 'rtx-3090']],
    ['RTX 3050', 'rtx-3050-4gb-laptop', ['rtx-3050-6gb', 'rtx-3050-8gb']],
    ['A800', 'a800-40gb', ['a800-80gb-sxm']],
    ['Strix Halo', 'strix-halo-64gb', ['strix-halo-128gb']],
    ['Orin', 'jetson-orin-nano-8gb', ['jetson-orin-nx-16gb', 'jetson-agx-orin-32gb', 'jetson-agx-orin-64gb']],
  ])('%s takes the smallest and names the others', (name, id, others) => {
    expect(matchOf(name)).toMatchObject({ gpu: { id }, alsoNamed: others });
  });

  it('takes the least memory of the slices that go by one name', () => {
    const { gpu, alsoNamed } = matchOf('nvidia.com/mig-1g.24gb');
    const slices = hardware.gpus.filter(({ mig }) => mig?.profile === '1g.24gb');
    expect(gpu.visibleBytes).toBe(Math.min(...slices.map(({ visibleBytes }) => visibleBytes)));
    expect([gpu.id, ...alsoNamed].toSorted()).toEqual(slices.map(({ id }) => id).toSorted());
  });

  it('is told by the memory beside it', () => {
    expect(matchOf('RTX 4060 Ti 16GB')).toMatchObject({ gpu: { id: 'rtx-4060-ti-16gb' }, alsoNamed: [] });
    expect(matchOf('rtx-3080-12g').gpu.id).toBe('rtx-3080-12gb');
    expect(matchOf('T4_16GB').gpu.id).toBe('t4-16gb');
    // Marketed with 192 GB, sold with 180.
    expect(matchOf('B200 192GB').gpu.id).toBe('b200-180gb');
    expect('gpu' in findGpu('RTX 4090 32GB', hardware)).toBe(false);
  });
});

describe('a name with a count', () => {
  it.each([
    ['8xH100', 'h100-80gb-sxm', 8],
    ['2x_nvidia_a100_80gb_sxm', 'a100-80gb-sxm', 2],
    ['nvidia-a10g x2', 'a10g-24gb', 2],
    ['L4:4', 'l4-24gb', 4],
    ['rtx-pro-6000x4', 'rtx-pro-6000-blackwell', 4],
  ])('%s', (name, id, count) => expect(matchOf(name)).toMatchObject({ gpu: { id }, count }));

  it('is not read into digits that are the name', () => {
    expect(matchOf('RTX8000')).toMatchObject({ gpu: { id: 'quadro-rtx-8000' }, count: null });
    expect(matchOf('l4x1')).toMatchObject({ gpu: { id: 'l4-24gb' } });
    expect('gpu' in findGpu('0xH100', hardware)).toBe(false);
  });
});

describe('MIG', () => {
  it.each([
    ['mig-1g.10gb.me', 'a100-80gb-sxm-mig-1g.10gb'],
    ['NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb+me.all', 'rtx-pro-6000-blackwell-mig-1g.24gb'],
    ['A100-SXM4-40GB MIG 1c.3g.20gb', 'a100-40gb-sxm-mig-3g.20gb'],
    ['NVIDIA-A800-SXM4-80GB-MIG-7g.80gb', 'a100-80gb-sxm-mig-7g.80gb'],
  ])('%s', (name, id) => expect(matchOf(name).gpu.id).toBe(id));

  it('knows no slice that a card does not have', () => {
    for (const name of ['NVIDIA-L40S-MIG-1g.10gb', 'NVIDIA-A100-SXM4-40GB-MIG-1g.12gb', 'nvidia.com/mig-1g.999gb'])
      expect('gpu' in findGpu(name, hardware), name).toBe(false);
  });
});

describe('a virtual GPU', () => {
  it.each([
    ['NVIDIA A10-24Q', 'a10-24gb-24q', 24],
    ['GRID A100D-10C', 'a100-80gb-pcie-10c', 10],
    ['GRID A100D-1-20C', 'a100-80gb-pcie-1-20c', 20],
    ['NVIDIA A16-16Q', 'a16-16gb-16q', 16],
    ['NVIDIA RTX Pro 6000 Blackwell DC-4-96Q', 'rtx-pro-6000-blackwell-4-96q', 96],
  ])('%s has the frame buffer of its profile', (name, id, gib) => {
    const { gpu } = matchOf(name);
    expect(gpu).toMatchObject({ id, smiMib: gib * 1024, visibleMeasured: false, mig: null });
    expect(gpu.visibleHighBytes).toBeLessThan(gib * GIB);
  });

  it('shows an A10-8Q, an A10-4Q and an A40-48Q what their users saw', () => {
    for (const [name, seenGib] of [
      ['A10-8Q', 7.82],
      ['A10-4Q', 3.83],
      ['A40-48Q', 45],
    ] as const) {
      const { gpu } = matchOf(name);
      expect(gpu.visibleLowBytes / GIB, name).toBeLessThan(seenGib);
      expect(gpu.visibleHighBytes / GIB, name).toBeGreaterThan(seenGib);
    }
  });

  it('is found again by its id, and is on no board that is smaller', () => {
    const { gpu } = matchOf('NVIDIA A10-12Q');
    expect(gpuOfId(gpu.id, hardware)).toEqual(gpu);
    expect('gpu' in findGpu('NVIDIA A10-48Q', hardware)).toBe(false);
    expect('gpu' in findGpu('MI300X-48Q', hardware)).toBe(false);
  });
});

describe('an instance type', () => {
  it.each([
    ['ml.g5.2xlarge', 'a10g-24gb', 1],
    ['NC24ads_A100_v4', 'a100-80gb-pcie', 1],
    ['g5g.16xlarge', 't4g-16gb', 2],
    ['H100-SXM-4-80G', 'h100-80gb-sxm', 4],
    ['gpu-mi300x8-1536gb', 'mi300x-192gb', 8],
    ['ecs.gn7i-c32g1.32xlarge', 'a10-24gb', 4],
    ['gx3-48x240x2l40s', 'l40s-48gb', 2],
    ['h100-80gb-sxm-ib.8x', 'h100-80gb-sxm', 8],
  ])('%s', (name, id, count) => expect(matchOf(name)).toMatchObject({ gpu: { id }, count }));

  // A sixth, a third, a half of an A10 (Azure); an eighth and a half of an RTX PRO 6000 (Google Cloud); an eighth of an L4 (EC2).
  it.each([
    ['Standard_NV6ads_A10_v5', 4],
    ['Standard_NV12ads_A10_v5', 8],
    ['Standard_NV18ads_A10_v5', 12],
    ['g4-standard-6', 12],
    ['g4-standard-24', 48],
    ['g6f.large', 3],
  ])('%s has a part of a card, never all of it', (name, gib) => {
    const { gpu, count } = matchOf(name);
    expect(count).toBe(1);
    expect(gpu.visibleHighBytes).toBeLessThan(gib * GIB);
  });
});

it('takes a hostile name for unknown, at once', () => {
  for (const name of [
    'x'.repeat(100_000),
    '1x'.repeat(50_000),
    'a100-'.repeat(20_000),
    `${'1g.'.repeat(30_000)}10gb`,
    '-8q'.repeat(30_000),
  ])
    expect('gpu' in findGpu(name, hardware)).toBe(false);
});
