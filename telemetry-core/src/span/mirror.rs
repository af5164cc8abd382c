use super::draft::{Draft, Identity};
use crate::bridge::tracing::ended::Ended;
use crate::bridge::tracing::mirror;
use crate::bridge::tracing::mirrored::Mirrored;
use crate::context::{Frame, FrameArc};

impl Draft {
    /// Shows the span, which has just started beneath `parent`, to other layers of `tracing`, if its
    /// pipeline mirrors.
    #[inline]
    pub(super) fn mirror(&mut self, frame: &FrameArc, parent: Option<&FrameArc>, root: bool) {
        if mirror::is_used() {
            // Cloned, so that the frame's own handle may stay in a register.
            self.mirror_if_asked(&frame.clone(), parent, root);
        }
    }

    #[cold]
    #[inline(never)]
    fn mirror_if_asked(&mut self, frame: &FrameArc, parent: Option<&FrameArc>, is_root: bool) {
        if !frame.home.as_ref().is_some_and(|home| home.shared.options.mirrors) {
            return;
        }
        self.attributes_mut();
        let attributes = self.attributes.bytes();
        let Identity { name, kind, .. } = &self.identity;
        let mirrored = Mirrored { frame, name, kind: *kind, attributes, parent, is_root };
        if let Some(mirror) = mirror::show(&mirrored) {
            frame.set_mirror(mirror);
        }
    }

    /// Has the mirror of the span, which ends, say how, and closes it.
    pub(super) fn end_mirror(&self, frame: &Frame) {
        if let Some(mirror) = frame.mirror() {
            let (name, attributes) = (&*self.identity.name, self.attributes.bytes());
            mirror.end(&Ended { name, status: &self.status, attributes });
        }
    }
}
