import type { ReactNode } from "react";

interface Props {
  label: string;
  icon: ReactNode;
  isDisabled?: boolean;
  onClick: () => void;
}

/** A button of a file that is attached. */
export function TrayButton({ label, icon, isDisabled = false, onClick }: Props) {
  return (
    <button
      type="button"
      className="icon-button"
      disabled={isDisabled}
      onClick={onClick}
      aria-label={label}
      title={label}
    >
      {icon}
    </button>
  );
}
