"""Work that takes time: progress, cancel, one bridge to whoever shows it."""

from app.jobs.runner import Job, JobRunner, JobState, Progress, never_cancelled, no_progress

__all__ = ["Job", "JobRunner", "JobState", "Progress", "never_cancelled", "no_progress"]
