"""Real logs and measured series that come with the package: name, file, licence, origin, what to cite."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from gigacampus.errors import Fault, UsageError


@dataclass(frozen=True, slots=True)
class BundledTrace:
    """One bundled file."""

    name: str
    file: str
    kind: str
    """jobs, requests, rates, nodes or table."""
    title: str
    licence: str
    source: str
    citation: str
    machine_gpus: int = 0
    """GPUs of the machine that the log came from, where known or taken by its authors; 0 else."""

    @property
    def path(self) -> Path:
        """Where the file lies on disk."""
        return Path(str(resources.files("gigacampus.catalog").joinpath("data", "traces", self.file)))


_ITP = "github.com/microsoft/elasticflow-traces, data/raw-traces.tar.gz"
_ITP_CITE = "Gu et al., ElasticFlow, ASPLOS'23"
_PHILLY_CITE = "Jeon et al., USENIX ATC'19; list cleaned by Qiao et al. (Pollux), OSDI'21"
_MURI = "github.com/Rivendile/Muri, simulator/trace-data"
_MURI_CITE = "Zhao et al., Muri, SIGCOMM'22"
_OPENB = "github.com/hkust-adsl/kubernetes-scheduler-simulator, data/csv"
_OPENB_CITE = "Weng et al., Beware of Fragmentation, USENIX ATC'23"

_AZURE = "github.com/Azure/AzurePublicDataset, data/AzureLLMInferenceTrace_*.csv"
_AZURE_CITE = "Patel et al., Splitwise, ISCA'24"

_ALL = (
    BundledTrace(
        "itp-cluster04", "itp-cluster04.csv.gz", "jobs", "Microsoft ITP 2021, cluster 04", "MIT", _ITP, _ITP_CITE, 1024
    ),
    BundledTrace(
        "itp-cluster07", "itp-cluster07.csv.gz", "jobs", "Microsoft ITP 2021, cluster 07", "MIT", _ITP, _ITP_CITE, 1024
    ),
    *(
        BundledTrace(
            f"itp-cluster{n}",
            f"itp-cluster{n}.csv.gz",
            "jobs",
            f"Microsoft ITP 2021, cluster {n}",
            "MIT",
            _ITP,
            _ITP_CITE,
        )
        for n in ("01", "02", "05", "08", "09", "10")
    ),
    BundledTrace(
        "philly",
        "philly-jobs.csv.gz",
        "jobs",
        "Microsoft Philly 2017, cleaned list",
        "CC-BY-4.0",
        "github.com/petuum/adaptdl (osdi21-artifact), simulator/traces/philly.csv, from "
        "github.com/msr-fiddle/philly-traces",
        _PHILLY_CITE,
        2490,
    ),
    BundledTrace(
        "philly-active-nodes",
        "philly-active-nodes-hourly.csv.gz",
        "table",
        "Philly 2017, nodes in use by the hour",
        "MIT",
        "derived (hourly means) from github.com/S-Lab-System-Group/HeliosArtifact",
        "Hu et al., SC'21",
    ),
    BundledTrace(
        "muri-trace1", "muri-trace1.csv.gz", "jobs", "Muri 2022, trace 1", "Apache-2.0", _MURI, _MURI_CITE, 64
    ),
    BundledTrace(
        "muri-trace4", "muri-trace4.csv.gz", "jobs", "Muri 2022, trace 4", "Apache-2.0", _MURI, _MURI_CITE, 64
    ),
    BundledTrace(
        "muri-expected",
        "muri-expected-64gpu.csv",
        "table",
        "Muri 2022, published results on 64 GPUs",
        "Apache-2.0",
        _MURI,
        _MURI_CITE,
    ),
    BundledTrace(
        "openb",
        "openb-pods-default.csv.gz",
        "jobs",
        "Alibaba openb 2023, default pods",
        "Apache-2.0",
        _OPENB,
        _OPENB_CITE,
        6212,
    ),
    BundledTrace(
        "openb-gpushare100",
        "openb-pods-gpushare100.csv.gz",
        "jobs",
        "Alibaba openb 2023, all pods share GPUs",
        "Apache-2.0",
        _OPENB,
        _OPENB_CITE,
        6212,
    ),
    BundledTrace(
        "openb-cpu100",
        "openb-pods-cpu100.csv.gz",
        "jobs",
        "Alibaba openb 2023, variant cpu100",
        "Apache-2.0",
        _OPENB,
        _OPENB_CITE,
        6212,
    ),
    BundledTrace(
        "openb-gpuspec10",
        "openb-pods-gpuspec10.csv.gz",
        "jobs",
        "Alibaba openb 2023, variant gpuspec10",
        "Apache-2.0",
        _OPENB,
        _OPENB_CITE,
        6212,
    ),
    BundledTrace(
        "openb-multigpu20",
        "openb-pods-multigpu20.csv.gz",
        "jobs",
        "Alibaba openb 2023, variant multigpu20",
        "Apache-2.0",
        _OPENB,
        _OPENB_CITE,
        6212,
    ),
    BundledTrace(
        "openb-nodes",
        "openb-nodes-gpu.csv.gz",
        "nodes",
        "Alibaba openb 2023, 1,213 GPU nodes",
        "Apache-2.0",
        _OPENB,
        _OPENB_CITE,
        6212,
    ),
    BundledTrace(
        "openb-expected",
        "openb-expected-allocation.csv",
        "table",
        "FGD's published GPU allocation, 14 workloads and 6 policies",
        "Apache-2.0",
        "derived (mean of 10 seeds) from the same repository, experiments/analysis",
        _OPENB_CITE,
    ),
    BundledTrace(
        "servegen-rates",
        "servegen-rates-10min.csv.gz",
        "rates",
        "ServeGen: two weeks of LLM request rates, Alibaba 2025",
        "Apache-2.0",
        "derived (sum over the published clients) from github.com/alibaba/ServeGen",
        "Xiang et al., arXiv 2505.09999",
    ),
    BundledTrace(
        "azure-code",
        "azure-llm-2023-code.csv.gz",
        "requests",
        "Azure LLM inference 2023: code, 57 minutes",
        "CC-BY-4.0",
        _AZURE,
        _AZURE_CITE,
    ),
    BundledTrace(
        "azure-conv",
        "azure-llm-2023-conv.csv.gz",
        "requests",
        "Azure LLM inference 2023: conversation, 58 minutes",
        "CC-BY-4.0",
        _AZURE,
        _AZURE_CITE,
    ),
    BundledTrace(
        "mooncake",
        "mooncake-2024-conversation.csv.gz",
        "requests",
        "Mooncake 2024: Kimi's conversations, 59 minutes",
        "Apache-2.0",
        "derived (hashes counted) from github.com/kvcache-ai/Mooncake, FAST25-release/traces",
        "Qin et al., Mooncake, FAST'25",
    ),
    BundledTrace(
        "acme-summary",
        "acme-cluster-summary.csv",
        "table",
        "Acme 2023: job statistics of Seren, Kalos and others",
        "CC-BY-4.0",
        "github.com/InternLM/AcmeTrace, data/cluster_summary.csv",
        "Hu et al., Characterization of LLM Development in the Datacenter, NSDI'24",
    ),
    BundledTrace(
        "nasa-ipsc-1993",
        "nasa-ipsc-1993.swf.gz",
        "jobs",
        "NASA Ames iPSC/860 1993, cleaned, SWF",
        "free with acknowledgement",
        "Parallel Workloads Archive; log by Bill Nitzberg, conversion by Dror Feitelson",
        "Feitelson et al., JPDC 74(10), 2014",
        128,
    ),
    BundledTrace(
        "reliability",
        "reliability-published.csv",
        "table",
        "Published failure rates of GPU fleets",
        "facts",
        "the papers each row names",
        "see each row",
    ),
    BundledTrace(
        "llama3-interruptions",
        "llama3-interruptions.csv",
        "table",
        "Llama 3: interruptions in 54 days on 16,384 GPUs",
        "facts",
        "arXiv 2407.21783, Table 5",
        "Grattafiori et al., The Llama 3 Herd of Models, 2024",
    ),
)
TRACES: dict[str, BundledTrace] = {one.name: one for one in _ALL}
"""Every bundled file by name. Philly's machine is about 2,490 GPUs (ATC'19); ITP's 1,024 are its authors' choice."""


def trace(name: str) -> BundledTrace:
    """A bundled trace by name; UsageError names the nearest one."""
    if name not in TRACES:
        near = difflib.get_close_matches(name, TRACES, 1, 0.5)
        fix = f'did you mean "{near[0]}"?' if near else f"one of {', '.join(TRACES)}"
        raise UsageError(Fault("K002", f'there is no bundled trace "{name}"', fix=fix))
    return TRACES[name]
