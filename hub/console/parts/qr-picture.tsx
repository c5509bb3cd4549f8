import { create } from 'qrcode';

const QUIET = 4;

/** A text as a QR code, drawn as one path of black squares on white, in both colour schemes. */
export function QrPicture({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules;
  const squares = [...data].map((isDark, index) =>
    isDark === 0 ? '' : `M${(index % size) + QUIET} ${Math.floor(index / size) + QUIET}h1v1h-1z`,
  );
  const side = size + 2 * QUIET;
  return (
    <svg class="qr" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={side} height={side} fill="#ffffff" />
      <path d={squares.join('')} fill="#000000" />
    </svg>
  );
}
