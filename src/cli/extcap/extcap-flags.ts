/** What Wireshark calls an extcap program with (doc/extcap.adoc of Wireshark), and what we ask for in its dialog. */
export interface ExtcapFlags {
  readonly extcapInterfaces?: true;
  readonly extcapInterface?: string;
  readonly extcapDlts?: true;
  readonly extcapConfig?: true;
  readonly extcapReloadOption?: string;
  readonly extcapVersion?: string | true;
  readonly extcapCaptureFilter?: string;
  readonly capture?: true;
  readonly fifo?: string;
  readonly elfpath?: string;
  readonly pid?: string;
  readonly ifname?: string;
  readonly snaplen?: number;
  readonly onlyProcess?: string | true;
  readonly install?: string | true;
}

/** As it is called in Wireshark's list. */
export const extcapInterface = 'tlstap';
