use std::sync::Arc;

use telemetry_core::Pipeline;

use super::Bound;
use crate::instruments::Instruments;
use crate::{Statement, Target};

/// Where an operation is told of, and what it runs on.
#[derive(Debug)]
pub(super) enum Home {
    Known(Arc<Bound>),
    /// A statement that runs on more targets than are kept with it.
    Apart(Box<Apart>),
}

#[derive(Debug)]
pub(super) struct Apart {
    instruments: Arc<Instruments>,
    target: Target,
}

impl Home {
    #[cold]
    pub(super) fn find(pipeline: &Pipeline, target: &Target, statement: &Statement) -> Self {
        match statement.bounds().find_or_add(pipeline, target, statement) {
            Some(bound) => Home::Known(bound),
            None => Home::Apart(Box::new(Apart {
                instruments: Instruments::of(pipeline),
                target: target.clone(),
            })),
        }
    }

    #[inline]
    pub(super) fn known(&self) -> Option<&Bound> {
        match self {
            Home::Known(bound) => Some(bound),
            Home::Apart(_) => None,
        }
    }

    #[inline]
    pub(super) fn instruments(&self) -> &Arc<Instruments> {
        match self {
            Home::Known(bound) => &bound.instruments,
            Home::Apart(apart) => &apart.instruments,
        }
    }

    #[inline]
    pub(super) fn target(&self) -> &Target {
        match self {
            Home::Known(bound) => &bound.target,
            Home::Apart(apart) => &apart.target,
        }
    }
}
