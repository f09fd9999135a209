"""Everything drawn in a viewport: slice views by QPainter, the volume rendering by VTK in a process of its
own.
"""
